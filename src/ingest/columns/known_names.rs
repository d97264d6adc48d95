//! The well-known names of columns and keys, as data.
//!
//! Each line gives one role and its names, best first. A second line of the same role is a weaker
//! tier: its names are taken only where the file has none of the tier above. Names are compared
//! by [`crate::domain::name_key`], so one spelling stands for `Código Postal`, `codigo_postal` and
//! `CODIGO POSTAL`; names that end in a number (`address 2`) need no entry of their own.

use super::Role;
use crate::domain::{Attribute, Field, TextField};
use crate::ingest::hours::Day;

const fn text(field: TextField) -> Role {
    Role::Field(Field::Text(field))
}

const fn is(attribute: Attribute) -> Role {
    Role::Field(Field::Attribute(attribute))
}

const fn dispenses(currency: &'static str) -> Role {
    Role::YesMeans(Field::Text(TextField::Currencies), currency)
}

const fn takes(scheme: &'static str) -> Role {
    Role::YesMeans(Field::Text(TextField::Schemes), scheme)
}

/// Names too plain to mean the machine's own when they stand inside something else: `branch.id`
/// is not the machine's id. They count at the top of a record and inside [`WRAPPERS`].
pub(super) const PLAIN: &[&str] =
    &["id", "name", "ref", "number", "num", "uid", "title", "node id"];

/// Parents that add nothing to the meaning of what they hold.
pub(super) const WRAPPERS: &[&str] = &[
    "atm",
    "atms",
    "properties",
    "tags",
    "attributes",
    "fields",
    "data",
    "record",
    "feature",
    "element",
    "item",
    "row",
    "_source",
    "info",
    "details",
    "cajero",
    "dab",
    "gab",
    "geldautomat",
    "caixa eletronico",
    "bancomat",
    "bankomat",
    "банкомат",
];

/// Beginnings of a name that add nothing to the rest of it: `atm_zipcode`, `loc_latitude`.
pub(super) const PREFIXES: &[&str] = &[
    "atm", "address", "addr", "location", "loc", "geo", "gps", "contact", "postal", "site",
    "cajero",
];

/// Last keys under which the value of their parent stands: `country.code`, `wheelchair.value`.
pub(super) const VALUE_KEYS: &[&str] =
    &["value", "name", "code", "label", "text", "title", "display name", "service capability"];

/// Parents whose positions are corners of a map, not places of machines.
pub(super) const FRAMES: &[&str] =
    &["viewport", "bounds", "bounding box", "bbox", "extent", "northeast", "southwest"];

// One name a line, as the formatter would have it, is no table.

// One name a line, as the formatter would have it, is no table.
#[rustfmt::skip]
pub(super) const KNOWN: &[(Role, &[&str])] = &[
    // ESRI makes a GLOBALID unique by itself; an ID beside it may count within some other unit.
    (Role::Id, &[
        "global id", "id", "atm id", "atm identifier", "atm identification", "identification", "identifier",
        "terminal id", "atm terminal id", "tid", "machine id", "atm code", "atm number", "atm no",
        "atm num", "device id", "unique id", "uuid", "uid", "osm id", "node id", "feature id",
        "id atm", "id cajero", "identificador", "codigo cajero", "numero cajero", "id dab",
        "id gab", "identifiant", "automaten id", "automat id", "kennung", "atm kennung",
        "codice atm", "identificativo", "identyfikator", "id bankomatu", "номер банкомата",
        "идентификатор", "ид", "管理番号", "識別番号", "atm番号",
    ]),
    (Role::Id, &[
        "ref", "record id", "gml id", "external id", "object id", "fid", "ogc fid",
        "gid", "gis id", "number", "num", "nr", "no", "numero", "nummer", "numer", "номер", "番号",
    ]),
    (Role::Latitude, &[
        "latitude", "lat", "latitude deg", "lat deg", "latitude decimal", "decimal latitude",
        "latitude wgs84", "lat wgs84", "wgs84 lat", "latitude dd", "lat dd", "latitud",
        "latitud wgs84", "breitengrad", "geogr breite", "geographische breite",
        "geografische breite", "breite", "latitudine", "breedtegraad", "szerokosc geograficzna",
        "szerokosc", "широта", "緯度", "纬度", "위도", "enlem", "breddgrad", "breddegrad", "leveysaste",
        "zemepisna sirka", "sirka", "szelesseg", "latitudinea", "vi do", "lintang",
        "γεωγραφικο πλατος", "خط العرض", "קו רוחב",
    ]),
    (Role::Latitude, &[
        "latitude 1", "point y", "lat y", "y lat", "coord lat", "coordinate lat", "lt",
    ]),
    (Role::Latitude, &[
        "y", "y wgs84", "y coordinate", "coordenada y", "coordonnee y", "coord y", "geo y", "gps y",
    ]),
    (Role::Latitude, &["ycoord", "pos y"]),
    (Role::Longitude, &[
        "longitude", "lon", "lng", "long", "longitude deg", "lon deg", "longitude decimal",
        "decimal longitude", "longitude wgs84", "lon wgs84", "lng wgs84", "long wgs84", "wgs84 lon",
        "wgs84 lng", "longitude dd", "lon dd", "long dd", "longitud", "longitud wgs84",
        "langengrad", "laengengrad", "geogr lange", "geographische lange", "geografische lange",
        "lange", "laenge", "longitudine", "lengtegraad", "dlugosc geograficzna", "dlugosc",
        "долгота", "経度", "经度", "經度", "경도", "boylam", "langdgrad", "lengdegrad", "laengdegrad",
        "pituusaste", "zemepisna delka", "delka", "hosszusag", "longitudinea", "kinh do", "bujur",
        "γεωγραφικο μηκος", "خط الطول", "קו אורך",
    ]),
    (Role::Longitude, &[
        "longitude 1", "point x", "lon x", "x lon", "coord lon", "coord lng", "coordinate lon",
        "coord long", "ln",
    ]),
    (Role::Longitude, &[
        "x", "x wgs84", "x coordinate", "coordenada x", "coordonnee x", "coord x", "geo x", "gps x",
    ]),
    (Role::Longitude, &["xcoord", "pos x"]),
    (Role::Position, &[
        "georeference", "geo point 2d", "geo point", "geolocation", "lat lon", "lat lng",
        "lat long", "latitude longitude", "coordinates", "coordinate", "gps coordinates",
        "geo coordinates", "gps", "coords", "coordenadas", "georreferencia", "coordonnees",
        "coordonnees gps", "coordonneesxy", "koordinaten", "geokoordinaten", "gps koordinaten",
        "coordinate gps", "coordinaten", "coordinate geografiche", "wspolrzedne", "координаты",
        "座標", "位置情報", "坐标", "wkt", "the geom", "geom", "wkt geom", "geom wkt", "geometry",
        "geometria", "geometrie", "shape", "geo shape", "geojson", "geo uri", "point", "punto",
        "position", "posicion", "lng lat point", "new georeferenced column",
    ]),
    (Role::Position, &[
        "location", "map location", "ubicacion geografica", "localisation", "localizacion", "geo",
    ]),
    (text(TextField::Operator), &[
        "operator", "bank", "bank name", "name of bank", "name of institution", "institution name",
        "institution", "financial institution", "operated by", "atm operator", "owner",
        "owner name", "own bus nm", "atm owner", "atm bank", "banco", "nombre banco",
        "nombre del banco", "entidad", "entidad bancaria", "entidad financiera", "institucion",
        "institucion financiera", "operador", "banque", "nom banque", "nom de la banque",
        "etablissement", "etablissement bancaire", "exploitant", "operateur", "kreditinstitut",
        "geldinstitut", "institut", "betreiber", "name der bank", "instituicao",
        "instituicao financeira", "nome do banco", "banca", "nome banca", "istituto",
        "istituto di credito", "gestore", "operatore", "beheerder", "uitbater", "nazwa banku",
        "банк", "название банка", "наименование банка", "оператор", "владелец", "銀行名", "銀行",
        "金融機関名", "金融機関", "運営者", "事業者名", "银行", "银行名称", "銀行名稱", "은행", "은행명", "banka", "banka adi",
        "pankki", "provozovatel", "ngan hang", "τραπεζα", "البنك", "בנק",
    ]),
    (text(TextField::Operator), &[
        "company", "organisation", "organization", "company name", "provider", "empresa",
    ]),
    (text(TextField::Brand), &[
        "brand", "brand name", "marca", "marque", "enseigne", "marke", "merk", "marka", "insegna",
        "марка", "бренд", "ブランド", "品牌",
    ]),
    (text(TextField::Networks), &[
        "network", "networks", "atm network", "network name", "interbank network", "red",
        "red de cajeros", "reseau", "netzwerk", "verbund", "bankenverbund", "automatenverbund",
        "rede", "rete", "circuito", "netwerk", "siec", "сеть", "ネットワーク", "網絡", "网络", "aglar",
    ]),
    (text(TextField::Sponsor), &["sponsor", "sponsor bank", "sponsoring bank", "patrocinador"]),
    (text(TextField::Name), &[
        "name", "atm name", "location name", "place name", "site name", "store name",
        "merchant name", "venue", "venue name", "nombre", "nombre cajero", "cajero", "denominacion",
        "denominazione", "nom", "libelle", "bezeichnung", "standort", "standortname", "nome",
        "naam", "nazwa", "название", "наименование", "名称", "名前", "店舗名", "設置場所", "設置場所名", "名稱", "이름",
        "title", "label", "atm location name", "located at",
    ]),
    (text(TextField::Name), &["branch name", "nombre sucursal", "支店名", "landmark"]),
    (text(TextField::SiteRef), &[
        "site id", "site ref", "site identification", "site code", "location id", "store id",
        "place id", "store number",
    ]),
    (text(TextField::BranchId), &[
        "branch id", "branch identification", "branch code", "branch number", "branch no", "branch",
        "sol id", "ifsc", "ifsc code", "sucursal", "codigo sucursal", "oficina", "agence",
        "code agence", "filiale", "filialnummer", "agencia", "codigo agencia", "filiaal", "oddzial",
        "отделение", "номер отделения", "支店", "支店コード", "店番", "sube", "分行",
    ]),
    (text(TextField::AddressLines), &[
        "address", "address line", "adres line", "address lines", "line", "postal address", "addr",
        "domicilio", "dom orig", "direccion", "adresse", "anschrift", "endereco", "morada",
        "indirizzo", "adres", "адрес", "住所", "所在地", "地址", "주소", "osoite", "adress", "adresa", "cim",
        "dia chi", "alamat", "διευθυνση", "العنوان", "כתובת",
    ]),
    (text(TextField::AddressLines), &[
        "full address", "formatted address", "complete address", "address text", "addr full",
        "direccion completa", "adresse complete", "ubicacion", "dom norma", "dom geo", "location",
        "location description", "location in word", "localizacion", "localisation", "emplacement",
        "место установки", "地點",
    ]),
    (text(TextField::HouseNumber), &[
        "house number", "building number", "street number", "house no", "street no", "housename",
        "building name", "altura", "numero calle", "numero exterior", "numero de voie",
        "numero voie", "hausnummer", "hausnr", "numero civico", "civico", "huisnummer",
        "numer domu", "nr domu", "дом", "номер дома", "番地", "numero de rua",
    ]),
    (text(TextField::Street), &[
        "street", "street address", "street name", "road", "thoroughfare", "calle", "nombre calle",
        "via", "rue", "voie", "nom voie", "nom de la voie", "libelle voie", "adresse voie",
        "strasse", "str", "strassenname", "rua", "logradouro", "straat", "straatnaam", "ulica",
        "улица", "通り", "町名", "街道", "gata", "gade", "katu", "utca", "cadde", "sokak",
        "thoroughfare name",
    ]),
    (text(TextField::City), &[
        "city", "town", "town name", "city name", "city town", "locality", "municipality",
        "municipality name", "village", "ciudad", "localidad", "municipio", "poblacion", "ville",
        "commune", "nom commune", "ort", "stadt", "gemeinde", "cidade", "concelho", "citta",
        "comune", "plaats", "woonplaats", "plaatsnaam", "gemeente", "miasto", "miejscowosc",
        "gmina", "город", "населенный пункт", "市区町村", "市町村", "市", "城市", "시", "il adi", "sehir",
        "kaupunki", "stad", "poststed", "postort", "mesto", "obec", "varos", "oras", "localitate",
        "kota", "thanh pho", "πολη", "المدينة", "עיר", "ישוב",
    ]),
    (text(TextField::Subdivision), &[
        "state", "province", "county", "region", "district", "state province", "state name",
        "county name", "subdivision", "country sub division", "country subdivision name",
        "country subdivision code", "state code", "province code", "prefecture", "governorate",
        "department", "borough", "provincia", "estado", "departamento", "comuna", "distrito",
        "barrio", "comunidad autonoma", "departement", "nom departement", "nom region",
        "bundesland", "kreis", "landkreis", "bezirk", "kanton", "uf", "regione", "provincie",
        "wojewodztwo", "powiat", "область", "регион", "округ", "район", "都道府県", "都道府県名", "省", "區",
        "区", "地區", "시도", "il", "ilce", "fylke", "kommune", "lan", "maakunta", "okres", "megye",
        "judet", "provinsi", "tinh", "νομος", "المحافظة",
    ]),
    (text(TextField::Postcode), &[
        "postcode", "postal code", "zip", "zip code", "zip5", "pin code", "codigo postal", "cp",
        "code postal", "plz", "postleitzahl", "cep", "cap", "codice postale", "kod pocztowy",
        "индекс", "почтовый индекс", "郵便番号", "邮编", "郵遞區號", "우편번호", "postinumero", "postnummer",
        "postnr", "psc", "iranyitoszam", "cod postal", "posta kodu", "kode pos",
        "ταχυδρομικος κωδικας", "eircode", "mikud", "codigo postal argentino",
    ]),
    (text(TextField::Country), &[
        "country code", "country", "country iso", "iso country", "country name", "pais",
        "codigo pais", "pays", "code pays", "land", "landcode", "laendercode", "paese", "nazione",
        "страна", "国", "国名", "國家", "ulke", "maa", "tara", "negara",
    ]),
    (text(TextField::Level), &[
        "level", "floor", "piso", "etage", "stockwerk", "andar", "piano", "verdieping", "pietro",
        "этаж", "階", "フロア",
    ]),
    (text(TextField::OpeningHours), &[
        "opening hours", "hours", "opening times", "business hours", "working hours",
        "operating hours", "service hours", "hours of operation", "oper hrs", "open hours",
        "availability", "access hours", "atm hours", "horario", "horarios", "horario de atencion",
        "horario de servicio", "horaires", "horaires ouverture", "heures d ouverture",
        "oeffnungszeiten", "offnungszeiten", "horario de funcionamento", "orari", "orario",
        "orari di apertura", "openingstijden", "godziny otwarcia", "часы работы", "режим работы",
        "время работы", "график работы", "営業時間", "利用時間", "稼働時間", "營業時間", "服務時間", "营业时间", "영업시간",
        "calisma saatleri", "aukioloajat", "oppettider", "apningstider", "abningstider",
        "oteviraci doba", "nyitvatartas",
    ]),
    (Role::HoursOn(Day::Mo), &[
        "monday", "mon", "monday hours", "lunes", "lundi", "montag", "segunda", "lunedi", "maandag",
        "poniedzialek", "понедельник", "月曜", "月曜日",
    ]),
    (Role::HoursOn(Day::Tu), &[
        "tuesday", "tue", "tuesday hours", "martes", "mardi", "dienstag", "terca", "martedi",
        "dinsdag", "wtorek", "вторник", "火曜", "火曜日",
    ]),
    (Role::HoursOn(Day::We), &[
        "wednesday", "wed", "wednesday hours", "miercoles", "mercredi", "mittwoch", "quarta",
        "mercoledi", "woensdag", "sroda", "среда", "水曜", "水曜日",
    ]),
    (Role::HoursOn(Day::Th), &[
        "thursday", "thu", "thursday hours", "jueves", "jeudi", "donnerstag", "quinta", "giovedi",
        "donderdag", "czwartek", "четверг", "木曜", "木曜日",
    ]),
    (Role::HoursOn(Day::Fr), &[
        "friday", "fri", "friday hours", "viernes", "vendredi", "freitag", "sexta", "venerdi",
        "vrijdag", "piatek", "пятница", "金曜", "金曜日",
    ]),
    (Role::HoursOn(Day::Sa), &[
        "saturday", "sat", "saturday hours", "sabado", "samedi", "samstag", "sabato", "zaterdag",
        "sobota", "суббота", "土曜", "土曜日",
    ]),
    (Role::HoursOn(Day::Su), &[
        "sunday", "sun", "sunday hours", "domingo", "dimanche", "sonntag", "domenica", "zondag",
        "niedziela", "воскресенье", "日曜", "日曜日",
    ]),
    (text(TextField::Currencies), &[
        "currencies", "currency", "supported currencies", "currencies supported", "currency code",
        "dispensed currency", "moneda", "monedas", "divisa", "devise", "devises", "wahrung",
        "waehrung", "waehrungen", "moeda", "valuta", "waluta", "валюта", "валюты", "通貨", "貨幣",
        "para birimi",
    ]),
    (text(TextField::MinAmount), &[
        "min amount", "minimum amount", "minimum possible amount", "minimum withdrawal",
        "min withdrawal", "monto minimo", "montant minimum", "mindestbetrag", "importo minimo",
    ]),
    (text(TextField::Denominations), &[
        "denominations", "denomination", "note denominations", "banknotes", "bills dispensed",
        "denominacion billetes", "billetes", "coupures", "stuckelung", "stueckelung", "tagli",
        "coupures disponibles", "номиналы", "купюры",
    ]),
    (text(TextField::Charges), &[
        "charges", "charge", "fee amount", "surcharge amount", "importe comision", "montant frais",
        "gebuhrenhohe",
    ]),
    (text(TextField::SurchargeFreeNetworks), &[
        "surcharge free networks", "surcharge free network", "surcharge free alliance network",
        "surcharge free alliance networks", "fee free networks", "sfa network",
    ]),
    (text(TextField::Schemes), &[
        "schemes", "card schemes", "cards accepted", "accepted cards", "cards", "payment schemes",
        "card types", "tarjetas", "tarjetas aceptadas", "cartes acceptees", "cartes", "karten",
        "akzeptierte karten", "cartoes", "carte accettate", "karty", "карты", "対応カード", "利用可能カード",
    ]),
    (takes("Visa"), &["visa", "accepts visa", "visa plus"]),
    (takes("Mastercard"), &["mastercard", "accepts mastercard"]),
    (takes("Maestro"), &["maestro", "international maestro accepted"]),
    (takes("American Express"), &["american express", "amex"]),
    (takes("UnionPay"), &["unionpay", "china unionpay"]),
    (takes("Mir"), &["мир", "supports mir"]),
    (text(TextField::Languages), &[
        "languages", "language", "supported languages", "languages supported", "idiomas", "idioma",
        "langues", "sprachen", "sprache", "lingue", "talen", "jezyki", "языки", "язык", "対応言語",
        "言語",
    ]),
    (text(TextField::MachineCount), &[
        "machine count", "number of atms", "no of atms", "num atms", "atm count",
        "number of machines", "machines", "count atm", "terminales", "cantidad de cajeros",
        "cantidad cajeros", "numero de cajeros", "num cajeros", "nombre de dab", "nb dab",
        "nombre de distributeurs", "anzahl", "anzahl automaten", "anzahl geldautomaten",
        "numero de caixas", "quantidade", "numero sportelli", "aantal", "aantal automaten",
        "liczba bankomatow", "количество банкоматов", "количество", "設置台数", "台数",
    ]),
    (text(TextField::CheckedAt), &[
        "checked at", "check date", "last checked", "last verified", "verified at",
        "verification date", "last seen", "survey date", "fecha verificacion",
        "fecha de verificacion", "date verification", "letzte prufung", "geprueft am",
        "дата проверки", "確認日",
    ]),
    (Role::Field(Field::LocationType), &[
        "location type", "location category", "location categories", "site type", "place type",
        "premises type", "premises", "venue type", "atm location type", "tipo de ubicacion",
        "tipo ubicacion", "tipo de lugar", "type de lieu", "type lieu", "standorttyp",
        "tipo de local", "tipo ubicazione", "locatietype", "typ lokalizacji", "тип места", "設置場所区分",
        "onsite offsite",
    ]),
    (Role::Field(Field::Fee), &[
        "fee", "fees", "surcharge", "access fee", "access fees", "commission", "comision",
        "commissions", "frais", "gebuhr", "gebuehr", "gebuhren", "taxa", "commissione", "kosten",
        "oplata", "prowizja", "комиссия", "手数料", "ucret",
    ]),
    (Role::YesMeans(Field::Fee, "free"), &[
        "free", "is free", "free to use", "fee free", "no fee", "surcharge free", "gratuito",
        "gratuit", "kostenlos", "gebuehrenfrei", "gratis", "bezplatny", "бесплатно", "無料",
    ]),
    (Role::Field(Field::Access), &[
        "access", "acceso", "acces", "zugang", "accesso", "toegang", "dostep", "доступ",
    ]),
    (Role::YesMeans(Field::Access, "private"), &[
        "restricted", "restricted access", "private", "acceso restringido",
    ]),
    (Role::YesMeans(Field::Access, "public"), &[
        "public access", "is public", "acceso publico", "acces public",
    ]),
    (Role::Features, &[
        "services", "atm services", "service", "functions", "function", "functionality", "features",
        "facilities", "capabilities", "accessibility", "accessibility features",
        "barrier free access", "servicios", "funciones", "fonctions", "fonctionnalites", "dienste",
        "funktionen", "servicos", "servizi", "funzioni", "diensten", "functies", "uslugi",
        "funkcje", "услуги", "функции", "サービス", "機能", "服務", "accesibilidad", "accessibilite",
        "barrierefreiheit", "accessibilita", "toegankelijkheid",
    ]),
    (is(Attribute::CashOut), &[
        "cash out", "cash withdrawal", "cash withdrawals", "withdrawal", "withdrawals",
        "dispenses cash", "cash dispenser", "retiro", "retiro de efectivo", "extraccion", "retrait",
        "auszahlung", "bargeldauszahlung", "saque", "prelievo", "opnemen", "geld opnemen",
        "wyplata", "выдача наличных", "снятие", "出金",
    ]),
    (is(Attribute::CashIn), &[
        "cash in", "cash deposit", "cash deposits", "deposit", "deposits", "has deposit capability",
        "accepts deposits", "accpts depst", "takes deposits", "deposit available", "cash recycler",
        "shared deposit", "deposito", "depositos", "depot", "depot especes", "versement",
        "einzahlung", "bareinzahlung", "einzahlautomat", "versamento", "storten", "geld storten",
        "wplata", "wplatomat", "внесение наличных", "пополнение", "прием наличных",
        "cash in available", "supports charge rub", "入金", "預入",
    ]),
    (is(Attribute::ChequeIn), &[
        "cheque in", "cheque deposit", "cheque deposits", "check deposit", "check deposits",
        "deposito de cheques", "depot cheque", "remise de cheques", "scheckeinreichung",
        "versamento assegni",
    ]),
    (is(Attribute::EnvelopeIn), &[
        "envelope in", "envelope deposit", "envelope deposits", "deposito en sobre",
    ]),
    (is(Attribute::CoinsIn), &[
        "coins in", "coin deposit", "coins", "coin in", "munzeinzahlung", "muenzeinzahlung",
        "deposito de monedas", "depot pieces",
    ]),
    (is(Attribute::Balance), &[
        "balance", "balance inquiry", "balance enquiry", "balance inq", "consulta de saldo",
        "saldo", "solde", "kontostand", "баланс", "残高照会",
    ]),
    (is(Attribute::MiniStatement), &[
        "mini statement", "mini statements", "extracto", "kontoauszug", "выписка",
    ]),
    (is(Attribute::StatementOrder), &["statement order", "order statement", "statement request"]),
    (is(Attribute::BillPayment), &[
        "bill payment", "bill payments", "bill pay", "pay bills", "pago de servicios",
        "paiement factures", "pagamento de contas", "оплата услуг",
    ]),
    (is(Attribute::Transfer), &[
        "transfer", "transfers", "funds transfer", "money transfer", "transferencia",
        "transferencias", "virement", "uberweisung", "перевод", "переводы", "振込",
    ]),
    (is(Attribute::PhoneTopUp), &[
        "phone top up", "mobile phone top up", "mobile top up", "top up", "recarga",
        "recarga celular", "recharge mobile", "aufladung", "doladowanie",
    ]),
    (is(Attribute::Charity), &[
        "charity", "charity donation", "donation", "donations", "donaciones",
    ]),
    (is(Attribute::PinChange), &["pin change", "change pin", "cambio de pin", "cambio pin"]),
    (is(Attribute::PinUnblock), &["pin unblock", "unblock pin", "pin unlock"]),
    (is(Attribute::CardActivation), &[
        "card activation", "pin activation", "activacion de tarjeta",
    ]),
    (is(Attribute::MobileRegistration), &[
        "mobile registration", "mobile banking registration", "mobile payment registration",
    ]),
    (is(Attribute::FastCash), &["fast cash", "quick cash"]),
    (is(Attribute::ForeignCurrency), &[
        "foreign currency", "foreign exchange", "moneda extranjera", "devises etrangeres",
        "fremdwahrung", "valuta estera", "外貨", "外貨両替",
    ]),
    (is(Attribute::Wheelchair), &[
        "wheelchair", "wheelchair access", "wheelchair accessible", "handicap accessible",
        "handicap access", "handicapped accessible", "is accessible", "accessible", "ada",
        "ada compliant", "ada accessible", "disabled access", "barrier free", "accesible",
        "silla de ruedas", "acces pmr", "pmr", "acces handicape", "accessible pmr", "rollstuhl",
        "rollstuhlgerecht", "barrierefrei", "acessivel", "cadeira de rodas", "sedia a rotelle",
        "rolstoel", "rolstoeltoegankelijk", "wozek inwalidzki", "dla niepelnosprawnych",
        "для инвалидов", "доступность", "車椅子", "車いす", "車椅子対応", "無障礙",
    ]),
    (is(Attribute::Audio), &[
        "audio", "audio guidance", "audio cash machine", "speech", "speech output", "talking",
        "talking atm", "voice guidance", "voice navigation", "has audio", "sprachausgabe",
        "guide vocal", "audioguia", "音声案内",
    ]),
    (is(Attribute::Braille), &[
        "braille", "braille audio", "blind", "no vidente", "no videntes", "visually impaired",
        "for blind", "sehbehindert", "для слабовидящих", "для незрячих", "点字", "視覚障害者対応",
    ]),
    (is(Attribute::InductionLoop), &[
        "induction loop", "hearing loop", "induktionsschleife", "boucle magnetique",
    ]),
    (is(Attribute::LevelAccess), &["level access", "step free", "step free access", "stufenlos"]),
    (is(Attribute::Ramp), &[
        "ramp", "external ramp", "internal ramp", "wheelchair ramp", "rampa", "rampe",
    ]),
    (is(Attribute::AutomaticDoors), &["automatic doors", "automatic door"]),
    (is(Attribute::LowCounter), &["low counter", "lower level counter", "low height"]),
    (is(Attribute::DriveThrough), &[
        "drive through", "drive thru", "drive up", "is drive through", "autocajero", "drive in",
        "autoschalter",
    ]),
    (is(Attribute::Indoor), &["indoor", "indoors", "is indoor", "inside", "interior", "innen"]),
    (is(Attribute::Outdoor), &[
        "outdoor", "outdoors", "is outdoor", "outside", "exterior", "aussen",
    ]),
    (is(Attribute::Covered), &["covered", "cubierto", "couvert", "uberdacht"]),
    (is(Attribute::Contactless), &[
        "contactless", "nfc", "is contactless", "contactless enabled", "supports contactless",
        "nfc for bank cards", "cardless", "sin contacto", "sans contact", "kontaktlos",
        "senza contatto", "contactloos", "zblizeniowy", "бесконтактный", "タッチ決済",
    ]),
    (is(Attribute::Chip), &[
        "chip", "emv", "support emv", "supports emv", "chip capable", "emv enabled",
    ]),
    (is(Attribute::AlwaysOpen), &[
        "always open", "open 24 hours", "24 hours", "is 24 hours", "is 24h", "24h", "24 7",
        "open 24 7", "24x7", "access 24 hours", "access 24 hours indicator", "24 hour access",
        "24 hour", "all day", "round the clock", "24 horas", "abierto 24 horas", "ouvert 24h",
        "24 stunden", "24 ore", "24 uur", "24h na dobe", "calodobowy", "круглосуточно",
        "круглосуточный", "24時間", "24時間営業", "is always open",
    ]),
    (dispenses("USD"), &["supports usd", "usd", "dolares", "dispenses usd", "dollars"]),
    (dispenses("EUR"), &["supports eur", "eur", "euros", "dispenses eur"]),
    (dispenses("GBP"), &["supports gbp", "gbp", "dispenses gbp"]),
    (dispenses("CNY"), &["supports cny", "cny", "dispenses cny"]),
    (dispenses("RUB"), &["supports rub", "rub", "dispenses rub"]),
];
