//! Values that never change: distances on the WGS-84 ellipsoid, and archives of older formats.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use nearest_atm::archive;
use nearest_atm::domain::{
    Position, RowRef, WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING, WGS84_POLAR_RADIUS_M,
    estimate_distance_m, estimate_error_m, geodesic_distance,
};
use nearest_atm::snapshot::Purpose;

/// Latitude and longitude of both ends in degrees, and the geodesic between them in metres.
type Geodesic = (f64, f64, f64, f64, f64);

/// Geodesics from 1 m to the far side of the Earth, along the equator, over the poles and nearly
/// antipodal.
///
/// Derived without any geodesic library, with 40 digits: from a direction at the equator and two
/// arcs of the auxiliary sphere, longitude and length by numerical quadrature of equations (7) and
/// (8) of Karney (2013), *Algorithms for geodesics*, J. Geodesy 87, doi:10.1007/s00190-012-0578-z.
/// None reaches beyond the meridian opposite its start, so all are shortest paths.
#[rustfmt::skip]
#[expect(clippy::excessive_precision, reason = "as derived")]
const DERIVED: [Geodesic; 52] = [
    (0.0, 0.0, 0.0, 9.966_471_893_352_525e-6, 1.109_462_576),
    (0.0, -180.0, 0.0, -179.003_352_810_664_75, 110_946.257_617_348),
    (0.0, 179.5, 0.0, -90.801_752_959_827_27, 9_985_163.185_561_286),
    (0.0, -77.25, 0.0, 101.448_841_047_810_77, 19_892_663.990_790_429),
    (0.0, 24.75, 1.003_364_089_820_976_4e-5, 24.75, 1.109_462_576),
    (0.0, 179.999, 1.003_363_403_238_826_6, 179.999, 110_946.295_576_545),
    (0.0, 100.0, 90.0, 100.0, 10_001_965.729_312_723),
    (-90.0, -0.5, 90.0, -0.5, 20_003_931.458_625_446),
    (-30.083_392_202_978_87, 0.0, 30.183_559_332_420_44, 180.0, 19_992_827.462_023_406),
    (89.003_352_133_242_64, -180.0, 89.003_352_133_242_64, 0.0, 222_638.905_922_647),
    (0.0, 179.5, 6.385_369_967_203_312e-6, 179.500_006_342_623_86, 0.998_516_319),
    (0.0, -77.25, 0.063_853_686_365_666_03, -77.186_573_735_086_45, 9_985.163_199_398),
    (48.685_815_393_419_41, 24.75, 48.686_469_763_011_94, 24.751_141_197_127_357, 111.156_357_598),
    (-9.879_025_064_207_228, 179.999, -9.874_241_137_243_608, -179.992_108_015_560_32, 1_109.571_851_936),
    (75.939_371_583_385_1, 100.0, 76.009_154_745_171_74, 100.293_717_465_936_18, 11_129.746_393_795),
    (0.870_089_207_224_642_3, -0.5, 0.956_850_459_188_898_7, -0.009_122_621_739_541_457, 55_473.176_036_887),
    (87.771_512_089_881_37, 0.0, 87.771_512_089_881_37, 126.890_610_376_286_83, 445_276.904_190_621),
    (0.644_930_606_939_095, -180.0, 0.658_246_840_276_719_8, -179.003_376_136_652_35, 110_946.305_647_459),
    (-50.576_241_312_032_39, 179.5, -50.276_468_263_477_106, -179.172_494_249_155_14, 100_050.809_032_285),
    (7.378_689_207_241_18, -77.25, 8.594_004_343_215_321, -75.648_381_039_019_57, 221_906.882_313_765),
    (-84.918_235_092_443_91, 24.75, -83.621_331_403_852_12, 52.164_851_035_734_806, 333_947.617_970_177),
    (19.982_383_603_975_35, 179.999, 20.061_923_668_315_22, -174.697_646_628_325_26, 554_949.358_115_960),
    (27.024_023_238_865_83, 100.0, 34.005_289_444_690_24, 104.548_976_846_954_62, 888_339.417_404_254),
    (-21.534_644_629_447_655, -0.5, -18.948_540_091_225_15, 9.765_909_067_695_718, 1_109_909.966_162_602),
    (72.092_517_090_420_96, 0.0, 63.661_011_081_653_065, 23.080_361_313_998_026, 1_335_204.356_661_020),
    (-7.669_680_469_583_8, -180.0, 3.841_050_252_375_562, -170.347_241_336_187_2, 1_664_218.785_615_398),
    (11.473_081_785_407_83, 179.5, 14.121_557_120_465_313, -160.230_820_610_286_94, 2_219_298.252_110_962),
    (-41.736_713_651_307_554, -77.25, -18.805_878_298_761_69, -65.492_904_126_662_95, 2_776_092.650_150_660),
    (-4.997_596_883_284_104, 24.75, -4.107_772_353_732_85, 54.733_499_381_725_05, 3_328_461.487_633_346),
    (-12.741_337_745_925_64, 179.999, 9.608_195_367_313_444, -152.912_022_110_900_52, 3_883_293.680_055_189),
    (31.858_227_183_784_077, 100.0, 54.780_531_962_012_67, 155.540_007_708_764_1, 5_001_133.119_581_703),
    (-32.702_028_459_334_365, -0.5, -11.350_426_944_314_064, 48.804_121_865_911_135, 5_550_386.756_099_617),
    (-13.409_244_447_820_73, 0.0, 35.724_047_133_678_4, 36.508_997_632_034_14, 6_658_903.210_993_577),
    (2.944_238_975_931_297_5, -180.0, 69.357_592_487_390_76, -146.455_443_077_973_88, 7_776_417.793_822_766),
    (-6.523_622_975_570_769, 179.5, 8.775_116_331_084_934, -101.969_835_113_329_18, 8_875_904.643_542_384),
    (-30.063_209_169_408_875, -77.25, 30.063_209_169_408_875, -9.745_627_844_237_376, 9_766_243.198_979_437),
    (0.0, 24.75, 1.999_083_458_600_544_8, 119.434_709_619_803_58, 10_539_917.235_504_485),
    (-50.053_169_372_881_186, 179.999, 50.053_169_372_881_186, -175.249_395_861_324_47, 11_102_756.216_441_885),
    (9.879_025_064_207_228, 100.0, 22.589_175_171_434_235, -143.719_230_587_285, 12_211_405.441_550_080),
    (-35.910_942_816_677_085, -0.5, 35.089_092_081_788_95, 103.525_100_242_298_41, 13_319_441.805_198_599),
    (-4.343_256_688_017_231, 0.0, 45.282_854_457_741_756, 146.757_351_504_588_63, 14_444_294.194_358_963),
    (-18.759_064_041_483_718, -180.0, 16.428_765_395_130_28, -42.416_342_384_867_25, 15_534_564.035_114_707),
    (-72.056_475_395_210_84, 179.5, 55.540_585_976_840_845, -62.498_147_503_092_184, 16_663_084.083_216_895),
    (12.840_229_712_977_731, -77.25, -5.267_228_506_936_21, 83.490_529_033_857_2, 17_756_769.003_455_265),
    (-49.085_220_709_561_89, 24.75, 48.290_598_445_097_3, -170.720_346_468_624_94, 18_877_903.433_670_098),
    (-32.138_023_299_299_3, 179.999, 32.726_083_907_106_39, -6.371_069_930_035_851, 19_425_036.762_064_075),
    (-86.407_011_122_546_1, 100.0, 87.010_040_150_331_26, -113.744_107_285_278_25, 19_781_202.889_407_306),
    (-52.386_517_377_658_87, -0.5, 53.127_587_814_446_464, 178.150_131_897_092_05, 19_887_195.494_595_875),
    (-5.790_363_699_529_278, 0.0, 5.910_328_458_894_508, 178.409_258_522_216_56, 19_860_199.641_796_976),
    (-45.096_212_150_579_78, -180.0, 45.093_070_689_894_32, -1.273_639_744_331_620_7, 19_920_459.685_559_281),
    (-13.620_021_058_537_09, 179.5, 13.912_815_645_080_093, -1.685_610_666_595_507_7, 19_900_063.226_992_315),
    (-34.597_430_025_608_31, -77.25, 34.794_017_734_442_76, 102.609_590_237_273_52, 19_980_896.737_571_416),
];

/// The worked examples of Karney (2013), with the precision printed there: an oblique geodesic of
/// exactly 10,000 km, a short one, and a nearly antipodal one.
const PUBLISHED: [(Geodesic, f64); 3] = [
    ((40.0, 0.0, 41.793_310_205_06, 137.844_900_043_77, 10_000_000.0), 2e-6),
    ((-30.123_45, 0.0, -30.123_44, 0.000_05, 4.944_208), 1e-6),
    ((-30.0, 0.0, 29.9, 179.8, 19_989_832.827_610), 1e-6),
];

fn ends(geodesic: Geodesic) -> (Position, Position) {
    let (from_lat, from_lon, to_lat, to_lon, _) = geodesic;
    (
        Position::from_lat_lon(from_lat, from_lon).unwrap(),
        Position::from_lat_lon(to_lat, to_lon).unwrap(),
    )
}

#[test]
fn geodesics_agree_with_quadrature_to_20_nanometres() {
    for geodesic in DERIVED {
        let (from, to) = ends(geodesic);
        let distance_m = geodesic_distance(from, to).get();
        assert!((distance_m - geodesic.4).abs() < 2e-8, "{geodesic:?}: {distance_m}");
        let back_m = geodesic_distance(to, from).get();
        assert!((back_m - geodesic.4).abs() < 2e-8, "{geodesic:?} back: {back_m}");
    }
}

#[test]
fn geodesics_agree_with_published_examples() {
    for (geodesic, precision_m) in PUBLISHED {
        let (from, to) = ends(geodesic);
        let distance_m = geodesic_distance(from, to).get();
        assert!((distance_m - geodesic.4).abs() < precision_m, "{geodesic:?}: {distance_m}");
    }
}

#[test]
fn estimates_agree_with_quadrature_to_their_stated_error() {
    let mut estimated = 0;
    for geodesic in DERIVED {
        let (from, to) = ends(geodesic);
        if let Some(estimate_m) = estimate_distance_m(from.into(), to.into()) {
            let off_m = (estimate_m - geodesic.4).abs();
            assert!(off_m <= estimate_error_m(geodesic.4), "{geodesic:?}: {estimate_m}");
            estimated += 1;
        }
    }
    assert!(estimated >= 30, "{estimated}");
}

#[test]
fn nearly_antipodal_points_have_a_distance_below_half_a_meridian() {
    const HALF_MERIDIAN_M: f64 = 20_003_931.458_63;
    for lat_deg in [0.0, 1e-9, 0.1, 10.0, 30.0, 45.0, 60.0, 89.999, 90.0] {
        let from = Position::from_lat_lon(lat_deg, -77.0).unwrap();
        for lat_off_deg in [-0.5, -1e-3, -1e-10, 0.0, 1e-14, 1e-6, 0.2] {
            for lon_off_deg in [-0.7, -0.4, -1e-5, 0.0, 1e-13, 1e-8, 0.1, 0.6] {
                let to_lat_deg = (lat_off_deg - lat_deg).clamp(-90.0, 90.0);
                let to = Position::from_lat_lon(to_lat_deg, 103.0 + lon_off_deg).unwrap();
                let distance_m = geodesic_distance(from, to).get();
                assert!((1.98e7..=HALF_MERIDIAN_M).contains(&distance_m), "{from}; {to}");
                let back_m = geodesic_distance(to, from).get();
                assert!((distance_m - back_m).abs() < 3e-8, "{from}; {to}");
            }
        }
    }
}

#[test]
#[expect(clippy::float_cmp, reason = "constants are pinned to the last bit")]
fn the_ellipsoid_is_that_of_wgs_84() {
    assert_eq!(WGS84_EQUATORIAL_RADIUS_M, 6_378_137.0);
    assert_eq!(1.0 / WGS84_FLATTENING, 298.257_223_563);
    assert!((WGS84_POLAR_RADIUS_M - 6_356_752.314_245).abs() < 1e-6);
}

/// An archive of format version 1 as version 0.1.0 wrote it. It is never written anew: what
/// reads it is what must change.
const ARCHIVE_1: &[u8] = include_bytes!("golden/snapshot-1.atms");

#[test]
fn archives_of_format_version_1_stay_readable() {
    let (snapshot, meta) =
        archive::read(&mut &ARCHIVE_1[..], ARCHIVE_1.len() as u64, Purpose::Inspection).unwrap();
    assert_eq!((meta.format_version, meta.release.as_str()), (1, "0.1.0"));
    assert_eq!(meta.built_at.to_string(), "2026-01-02T03:04:05.678901234Z");
    assert_eq!(snapshot.id().to_string(), include_str!("golden/snapshot-1.id").trim());
    let atms: Vec<String> = snapshot
        .rows_by_id()
        .iter()
        .map(|&row| {
            let atm = snapshot.atm(row);
            let stated = atm.values().map(|(field, value)| format!("{}={value}", field.code()));
            let stated: Vec<String> = stated.collect();
            let extra = atm.extra.as_deref().unwrap_or_default();
            let country = snapshot.country(row).unwrap_or_default();
            let site = snapshot.site_id(snapshot.site_of(row));
            let source = &snapshot.source(atm.source).name;
            let position = atm.position;
            format!(
                "{} | {position} | {country} | {site} | {source} | {} | {extra}\n",
                atm.id,
                stated.join(", ")
            )
        })
        .collect();
    assert_eq!(atms.concat(), include_str!("golden/snapshot-1.txt"));
    assert_eq!(snapshot.report().rows(), 5);
    assert_eq!(snapshot.report().files[0].rejected_examples[0].row, RowRef::Line(7));
}
