# German. Every language has the same messages. They are read by mod.rs.

found-near = { $count ->
    [one] Der nächste Geldautomat bei { $place }:
   *[other] Die { $count } nächsten Geldautomaten bei { $place }:
}
found-here = { $count ->
    [one] Der nächste Geldautomat in Ihrer Nähe:
   *[other] Die { $count } nächsten Geldautomaten in Ihrer Nähe:
}
found-there = { $count ->
    [one] Der nächste Geldautomat bei dieser Position:
   *[other] Die { $count } nächsten Geldautomaten bei dieser Position:
}
found-more = { $count ->
    [one] Noch einer:
   *[other] { $count } weitere:
}
found-item = { $number }. { $name }: { $what }
found-rest = { $count ->
    [one] Auf den Karten steht noch einer.
   *[other] Auf den Karten stehen { $count } weitere.
}
with-wishes = Mit: { $wishes }.
none-near = Ich kenne bei { $place } keinen Geldautomaten mit: { $wishes }.
none-here = Ich kenne in Ihrer Nähe keinen Geldautomaten mit: { $wishes }.
none-there = Ich kenne bei dieser Position keinen Geldautomaten mit: { $wishes }.
none-at-all = In den Daten steht kein Geldautomat.
no-more = Mehr gibt es nicht.
within = höchstens { $distance } entfernt
relaxed = { $count ->
    [one] Ohne „{ $wishes }“ gibt es einen, { $distance } entfernt.
   *[other] Ohne „{ $wishes }“ gibt es { $count }, den nächsten in { $distance }.
}
relaxed-many = Ohne „{ $wishes }“ gibt es mehr als { $count }, den nächsten in { $distance }.
relax-button = Ohne: { $wishes }
only-stated = Automaten, bei denen es nicht angegeben ist, sind nicht dabei.
unknown-name = Kein Geldautomat hier ist unter dem Namen „{ $name }“ bekannt.

distance-direction = { $distance } { $direction }
direction-n = nördlich
direction-ne = nordöstlich
direction-e = östlich
direction-se = südöstlich
direction-s = südlich
direction-sw = südwestlich
direction-w = westlich
direction-nw = nordwestlich
distance-m = { $n } m
distance-km = { $n } km
distance-mi = { $one ->
    [yes] { $n } Meile
   *[no] { $n } Meilen
}
distance-yd = { $n } Yards
distance-ft = { $n } Fuß
distance-spot = genau hier

open-now = geöffnet
open-closes-in = { $minutes ->
    [one] schließt in { $minutes } Minute
   *[other] schließt in { $minutes } Minuten
}
open-closes-at = geöffnet, schließt { $time }
open-always = rund um die Uhr geöffnet
closed-now = geschlossen
closed-opens-in = { $minutes ->
    [one] öffnet in { $minutes } Minute
   *[other] öffnet in { $minutes } Minuten
}
closed-opens-at = geschlossen, öffnet { $time }
open-unknown = Öffnungszeiten nicht angegeben
not-open-always = nicht rund um die Uhr geöffnet
open-then = ja, geöffnet { $time }
closed-then = nein, geschlossen { $time }
open-then-unknown = nicht angegeben, ob er { $time } geöffnet ist
hours-stated = Angegebene Zeiten: { $hours }
at-time = um { $time } Uhr
at-day-time = { $day } um { $time } Uhr
tomorrow-at = morgen um { $time } Uhr
day-1 = Montag
day-2 = Dienstag
day-3 = Mittwoch
day-4 = Donnerstag
day-5 = Freitag
day-6 = Samstag
day-7 = Sonntag

status-working = in Betrieb, gemeldet { $age }
status-no-cash = ohne Bargeld, gemeldet { $age }
status-out = außer Betrieb, gemeldet { $age }
age-now = gerade eben
age-minutes = { $n ->
    [one] vor { $n } Minute
   *[other] vor { $n } Minuten
}
age-hours = { $n ->
    [one] vor { $n } Stunde
   *[other] vor { $n } Stunden
}
age-days = { $n ->
    [one] vor { $n } Tag
   *[other] vor { $n } Tagen
}

details-head = { $name }, { $what }.
hours-answer = { $name }: { $what }.
directions-answer = { $name }: { $what }.
the-way = Der Weg dorthin: { $url }
fact-yes = { $what }: ja
fact-no = { $what }: nein
fact-unknown = { $what }: nicht angegeben
fact-limited = { $what }: eingeschränkt
fact-fee-free = Für alle kostenlos
fact-fee-some = Für manche Kunden kostenpflichtig
fact-fee-everyone = Für alle kostenpflichtig
fact-charges = Gebühren: { $charges }
fact-networks = Netze: { $networks }
fact-currencies = Währungen: { $currencies }
fact-machines = { $count ->
    [one] Ein Automat
   *[other] { $count } Automaten
}
fact-address = Adresse: { $address }
fact-source = Quelle: { $source }
fact-source-as-of = Quelle: { $source }, Stand { $date }
access-customers = Nur für Kunden des Ortes
access-private = Nicht öffentlich zugänglich
hours-of-host = Die Zeiten sind die des Gebäudes, in dem er steht
hours-of-site = Die Zeiten sind die des Ortes, an dem er steht
nameless = Geldautomat

ask-place = Wo suchen Sie? Schreiben Sie einen Ort, eine Adresse oder eine Postleitzahl, oder teilen Sie Ihren Standort. Er dient nur der Suche nach Geldautomaten und wird mit diesem Gespräch vergessen.
ask-which = Welches { $place } meinen Sie?
ask-which-place = Welchen dieser Orte meinen Sie?
choice-item = { $number }. { $place }
unknown-place = Diesen Ort kenne ich nicht. Schreiben Sie ihn mit der Stadt, oder senden Sie eine Postleitzahl oder Ihren Standort.
unknown-place-similar = Diesen Ort kenne ich nicht. Meinen Sie einen von diesen?
unknown-place-in-town = „{ $place }“ kenne ich nicht. Soll ich von der Stadtmitte aus suchen ({ $town })? Oder senden Sie eine Postleitzahl oder Ihren Standort.
unknown-place-in-which = „{ $place }“ kenne ich nicht. Von der Mitte welcher Stadt aus soll ich suchen?
bad-position = Das kann ich nicht als Position lesen. Schreiben Sie Breite und Länge in Dezimalgrad, zum Beispiel 52.52, 13.405.
ask-first = Fragen Sie mich erst nach Geldautomaten, dann kann ich mehr über einen sagen.
no-such-choice = Die Liste hat nur { $count }. Welche Nummer meinen Sie?
gone = Dieser Automat steht nicht mehr in den Daten. Fragen Sie mich noch einmal nach Geldautomaten.
accuracy = Ihr Standort ist nur auf etwa { $distance } genau bekannt; der nächste kann ein anderer von diesen sein.
consent = Den geteilten Standort benutze ich nur, um Geldautomaten in der Nähe zu finden; er wird mit diesem Gespräch vergessen und nicht weitergegeben.
whole-area = „{ $place }“ ist ein ganzes Land oder eine Region: die Entfernungen gelten ab der größten Stadt darin. Nennen Sie eine Stadt für nähere.
stale = Die Daten sind vom { $date } und vielleicht nicht mehr aktuell.
stale-undated = Die Daten sind vielleicht nicht mehr aktuell.
data-renewed = Die Daten wurden seit der letzten Liste erneuert, sie beginnt daher von vorn.
lost = Ich weiß nicht mehr, worüber wir gesprochen haben.

greeting = Hallo! Wo brauchen Sie einen Geldautomaten? Schreiben Sie einen Ort oder eine Postleitzahl, oder teilen Sie Ihren Standort.
thanks = Gern geschehen.
help = Ich finde Geldautomaten. Sagen Sie wo, und was er bieten muss: „Geldautomat beim Alexanderplatz ohne Gebühren, jetzt geöffnet“. Dann geht es genauer: „nur kostenlose“, „der zweite“, „Wegbeschreibung“, „mehr“.
help-free-network = Welche Automaten für Sie kostenlos sind, hängt von Ihrer Karte ab: Ihre Bank kennt das Netz. Nennen Sie mir das Netz, oder fragen Sie nach „kostenlosen Geldautomaten in …“, die es für alle sind.
out-balance = Ich finde nur Geldautomaten und sehe keine Konten. Den Kontostand zeigt die App Ihrer Bank und auch mancher Automat: fragen Sie „Geldautomat mit Kontostand in …“.
out-transfer = Ich finde nur Geldautomaten und bewege kein Geld. Das geht in der App oder auf der Website Ihrer Bank.
out-card = Ich finde nur Geldautomaten. Rufen Sie sofort Ihre Bank an, um die Karte zu sperren oder zu ersetzen; die Nummer steht auf ihrer Website und auf Ihren Auszügen.
out-fraud = Ich finde nur Geldautomaten. Melden Sie das sofort Ihrer Bank; die Nummer steht auf ihrer Website und auf der Rückseite der Karte.
out-spending = Ich finde nur Geldautomaten und sehe keine Zahlungen. Die App oder Website Ihrer Bank zeigt sie.
out-products = Ich finde nur Geldautomaten. Zu Konten, Karten und Krediten fragen Sie bitte Ihre Bank.
out-pin = Ich finde nur Geldautomaten. Bei der PIN hilft Ihre Bank. Um sie am Automaten zu ändern, fragen Sie „Geldautomat zum PIN ändern in …“.
out-branch = Ich finde nur Geldautomaten. Zu Filialen, Terminen oder Beratung fragen Sie bitte Ihre Bank.
out-other = Ich finde nur Geldautomaten. Wo brauchen Sie einen?
unclear = Das habe ich nicht verstanden. Sagen Sie, wo Sie einen Geldautomaten brauchen, zum Beispiel „Geldautomat beim Alexanderplatz, jetzt geöffnet“.
too-far = Der nächste ist { $distance } entfernt.
closest-already = Das sind die nächsten, die passen.

say-more = Mehr
say-free = Nur kostenlose
say-open = Jetzt geöffnet
say-directions = Wegbeschreibung
say-details = Details
say-hours = Öffnungszeiten
say-help = Hilfe
say-hello = Hallo
say-details-of = Details Nummer

label-choose = Auswählen
label-share = Standort teilen
label-list = Liste zeigen
label-further = Weiteres

wish-not = nicht: { $what }
wish-open-now = jetzt geöffnet
wish-open-always = rund um die Uhr geöffnet
wish-open-at = geöffnet { $time }
wish-in-service = in Betrieb
service-cash_out = Auszahlung
service-cash_in = Einzahlung
service-cheque_in = Scheckeinreichung
service-envelope_in = Einzahlung im Umschlag
service-coins_in = Münzeinzahlung
service-balance = Kontostand
service-mini_statement = letzte Umsätze
service-statement_order = Auszug bestellen
service-bill_payment = Rechnungen bezahlen
service-transfer = Überweisungen
service-phone_top_up = Handy aufladen
service-charity = Spenden
service-pin_change = PIN ändern
service-pin_unblock = PIN entsperren
service-card_activation = Karte aktivieren
service-mobile_registration = Anmeldung zum Mobile Banking
service-fast_cash = Schnellauszahlung
service-foreign_currency = Fremdwährung
accessibility-wheelchair = Zugang im Rollstuhl
accessibility-audio = Sprachausgabe
accessibility-braille = Brailleschrift
accessibility-induction_loop = Induktionsschleife
accessibility-level_access = stufenloser Zugang
accessibility-ramp = Rampe
accessibility-automatic_doors = automatische Türen
accessibility-low_counter = niedrige Bedienhöhe
feature-drive_through = vom Auto aus
feature-indoor = drinnen
feature-outdoor = draußen
feature-covered = überdacht
feature-contactless = kontaktlos
location_type-branch_external = außen an einer Filiale
location_type-branch_internal = in einer Filiale
location_type-branch_lobby = im Vorraum einer Filiale
location_type-retail = in einem Geschäft
location_type-supermarket = in einem Supermarkt
location_type-convenience = in einem Kiosk
location_type-fuel = an einer Tankstelle
location_type-transport_station = an einem Bahnhof oder Halt
location_type-airport = an einem Flughafen
location_type-hospital = in einem Krankenhaus
location_type-hotel = in einem Hotel
location_type-education = an einer Schule oder Universität
location_type-mobile_unit = eine mobile Filiale
location_type-other = an einem anderen Ort
fee-free = kostenlos
