# French. Every language has the same messages. They are read by mod.rs.

found-near = { $count ->
    [one] Le distributeur le plus proche de { $place } :
   *[other] Les { $count } distributeurs les plus proches de { $place } :
}
found-here = { $count ->
    [one] Le distributeur le plus proche de vous :
   *[other] Les { $count } distributeurs les plus proches de vous :
}
found-there = { $count ->
    [one] Le distributeur le plus proche de cette position :
   *[other] Les { $count } distributeurs les plus proches de cette position :
}
found-more = { $count ->
    [one] Un autre :
   *[other] { $count } autres :
}
found-item = { $number }. { $name } : { $what }
found-rest = { $count ->
    [one] Il y en a un de plus sur les fiches.
   *[other] Il y en a { $count } de plus sur les fiches.
}
with-wishes = Avec : { $wishes }.
none-near = Je ne connais pas de distributeur près de { $place } avec : { $wishes }.
none-here = Je ne connais pas de distributeur près de vous avec : { $wishes }.
none-there = Je ne connais pas de distributeur près de cette position avec : { $wishes }.
none-at-all = Il n'y a aucun distributeur dans les données.
no-more = Il n'y en a pas d'autres.
within = à moins de { $distance }
relaxed = { $count ->
    [one] Sans « { $wishes } », il y en a un, à { $distance }.
   *[other] Sans « { $wishes } », il y en a { $count }, le plus proche à { $distance }.
}
relaxed-many = Sans « { $wishes } », il y en a plus de { $count }, le plus proche à { $distance }.
relax-button = Sans : { $wishes }
only-stated = Les distributeurs dont les données ne le disent pas sont laissés de côté.
unknown-name = Aucun distributeur d'ici n'est connu sous le nom « { $name } ».

distance-direction = { $distance } { $direction }
direction-n = au nord
direction-ne = au nord-est
direction-e = à l'est
direction-se = au sud-est
direction-s = au sud
direction-sw = au sud-ouest
direction-w = à l'ouest
direction-nw = au nord-ouest
distance-m = { $n } m
distance-km = { $n } km
distance-mi = { $one ->
    [yes] { $n } mile
   *[no] { $n } miles
}
distance-yd = { $n } yards
distance-ft = { $n } pieds
distance-spot = ici même

open-now = ouvert
open-closes-in = { $minutes ->
    [one] ferme dans { $minutes } minute
   *[other] ferme dans { $minutes } minutes
}
open-closes-at = ouvert, ferme { $time }
open-always = ouvert 24 h/24
closed-now = fermé
closed-opens-in = { $minutes ->
    [one] ouvre dans { $minutes } minute
   *[other] ouvre dans { $minutes } minutes
}
closed-opens-at = fermé, ouvre { $time }
open-unknown = horaires non indiqués
not-open-always = pas ouvert 24 heures sur 24
open-then = oui, ouvert { $time }
closed-then = non, fermé { $time }
open-then-unknown = il n’est pas indiqué s’il est ouvert { $time }
hours-stated = Horaires indiqués : { $hours }
at-time = à { $time }
at-day-time = { $day } à { $time }
tomorrow-at = demain à { $time }
day-1 = lundi
day-2 = mardi
day-3 = mercredi
day-4 = jeudi
day-5 = vendredi
day-6 = samedi
day-7 = dimanche

status-working = en état de marche { $age }
status-no-cash = signalé vide { $age }
status-out = signalé hors service { $age }
age-now = à l'instant
age-minutes = { $n ->
    [one] il y a { $n } minute
   *[other] il y a { $n } minutes
}
age-hours = { $n ->
    [one] il y a { $n } heure
   *[other] il y a { $n } heures
}
age-days = { $n ->
    [one] il y a { $n } jour
   *[other] il y a { $n } jours
}

details-head = { $name }, { $what }.
hours-answer = { $name } : { $what }.
directions-answer = { $name } est à { $what }.
the-way = Itinéraire : { $url }
fact-yes = { $what } : oui
fact-no = { $what } : non
fact-unknown = { $what } : non indiqué
fact-limited = { $what } : limité
fact-fee-free = Gratuit pour tous
fact-fee-some = Payant pour certains clients
fact-fee-everyone = Payant pour tous
fact-charges = Frais : { $charges }
fact-networks = Réseaux : { $networks }
fact-currencies = Monnaies : { $currencies }
fact-machines = { $count ->
    [one] Un appareil
   *[other] { $count } appareils
}
fact-address = Adresse : { $address }
fact-source = Source : { $source }
fact-source-as-of = Source : { $source }, du { $date }
access-customers = Réservé aux clients du lieu
access-private = Non ouvert au public
hours-of-host = Les horaires sont ceux du bâtiment où il se trouve
hours-of-site = Les horaires sont ceux du lieu où il se trouve
nameless = Distributeur

ask-place = Où cherchez-vous ? Écrivez un lieu, une adresse ou un code postal, ou partagez votre position. Elle sert seulement à trouver des distributeurs et est oubliée avec cette conversation.
ask-which = Quel { $place } voulez-vous dire ?
ask-which-place = Lequel de ces lieux voulez-vous dire ?
choice-item = { $number }. { $place }
unknown-place = Je ne connais pas ce lieu. Écrivez-le avec sa ville, ou envoyez un code postal ou votre position.
unknown-place-similar = Je ne connais pas ce lieu. Voulez-vous dire l'un de ceux-ci ?
unknown-place-in-town = Je ne connais pas « { $place } ». Dois-je chercher depuis le centre-ville ({ $town }) ? Ou envoyez un code postal ou votre position.
unknown-place-in-which = Je ne connais pas « { $place } ». Depuis le centre de quelle ville dois-je chercher ?
bad-position = Je ne peux pas lire cela comme une position. Écrivez latitude et longitude en degrés décimaux, par exemple 48.8566, 2.3522.
ask-first = Demandez-moi d'abord des distributeurs, ensuite je peux en dire plus sur l'un d'eux.
no-such-choice = La liste n'en a que { $count }. Quel numéro voulez-vous dire ?
gone = Ce distributeur n'est plus dans les données. Demandez-moi à nouveau des distributeurs.
accuracy = Votre position n'est connue qu'à { $distance } près ; le plus proche peut être un autre de ceux-ci.
consent = J'utilise la position que vous avez partagée seulement pour trouver des distributeurs à proximité ; elle est oubliée avec cette conversation et n'est pas transmise.
whole-area = « { $place } » est tout un pays ou une région : les distances partent de sa plus grande ville. Dites une ville pour en trouver de plus proches.
stale = Les données datent du { $date } et peuvent ne plus être à jour.
stale-undated = Les données ne sont peut-être plus à jour.
data-renewed = Les données ont été renouvelées depuis la dernière liste : elle recommence donc.
lost = Je ne sais plus de quoi nous parlions.

greeting = Bonjour ! Où avez-vous besoin d'un distributeur ? Écrivez un lieu ou un code postal, ou partagez votre position.
thanks = Avec plaisir.
help = Je trouve des distributeurs. Dites où, et ce qu'il doit offrir : « distributeur près de Châtelet sans frais, ouvert maintenant ». Ensuite précisez : « seulement les gratuits », « le deuxième », « itinéraire », « plus ».
help-free-network = Quels distributeurs sont gratuits dépend de votre carte : votre banque connaît son réseau. Dites-moi le réseau, ou demandez « distributeurs gratuits près de … » pour ceux qui le sont pour tous.
out-balance = Je trouve seulement des distributeurs et ne vois aucun compte. L'application de votre banque affiche le solde, et beaucoup de distributeurs aussi : demandez « distributeur pour consulter le solde près de … ».
out-transfer = Je trouve seulement des distributeurs et ne déplace pas d'argent. Cela se fait dans l'application ou sur le site de votre banque.
out-card = Je trouve seulement des distributeurs. Appelez tout de suite votre banque pour faire opposition ou remplacer la carte ; le numéro est sur son site et sur vos relevés.
out-fraud = Je trouve seulement des distributeurs. Signalez-le tout de suite à votre banque ; le numéro est sur son site et au dos de votre carte.
out-spending = Je trouve seulement des distributeurs et ne vois pas les paiements. L'application ou le site de votre banque les montre.
out-products = Je trouve seulement des distributeurs. Pour les comptes, cartes et crédits, adressez-vous à votre banque.
out-pin = Je trouve seulement des distributeurs. Votre banque aide pour le code. Pour le changer à un appareil, demandez « distributeur avec changement de code près de … ».
out-branch = Je trouve seulement des distributeurs. Pour les agences, les rendez-vous ou un conseiller, adressez-vous à votre banque.
out-other = Je trouve seulement des distributeurs. Où en avez-vous besoin ?
unclear = Je n'ai pas compris. Dites où vous avez besoin d'un distributeur, par exemple « distributeur près de Châtelet, ouvert maintenant ».
too-far = Le plus proche est à { $distance }.
closest-already = Ce sont les plus proches qui conviennent.

say-more = Plus
say-free = Seulement les gratuits
say-open = Ouvert maintenant
say-directions = Itinéraire
say-details = Détails
say-hours = Horaires
say-help = Aide
say-hello = Bonjour
say-details-of = Détails numéro

label-choose = Choisir
label-share = Partager ma position
label-list = Voir la liste
label-further = Autres options

wish-not = pas : { $what }
wish-open-now = ouvert maintenant
wish-open-always = ouvert 24 h/24
wish-open-at = ouvert { $time }
wish-in-service = en service
service-cash_out = retraits
service-cash_in = dépôt d'espèces
service-cheque_in = dépôt de chèques
service-envelope_in = dépôt sous enveloppe
service-coins_in = dépôt de pièces
service-balance = solde
service-mini_statement = dernières opérations
service-statement_order = commande de relevé
service-bill_payment = paiement de factures
service-transfer = virements
service-phone_top_up = recharge de téléphone
service-charity = dons
service-pin_change = changement de code
service-pin_unblock = déblocage du code
service-card_activation = activation de carte
service-mobile_registration = inscription à la banque mobile
service-fast_cash = retrait rapide
service-foreign_currency = devises
accessibility-wheelchair = accès en fauteuil roulant
accessibility-audio = guidage vocal
accessibility-braille = braille
accessibility-induction_loop = boucle magnétique
accessibility-level_access = accès de plain-pied
accessibility-ramp = rampe
accessibility-automatic_doors = portes automatiques
accessibility-low_counter = comptoir bas
feature-drive_through = au volant
feature-indoor = à l'intérieur
feature-outdoor = à l'extérieur
feature-covered = abrité
feature-contactless = sans contact
location_type-branch_external = en façade d'une agence
location_type-branch_internal = dans une agence
location_type-branch_lobby = dans le sas d'une agence
location_type-retail = dans un magasin
location_type-supermarket = dans un supermarché
location_type-convenience = dans une épicerie
location_type-fuel = dans une station-service
location_type-transport_station = dans une gare ou station
location_type-airport = dans un aéroport
location_type-hospital = dans un hôpital
location_type-hotel = dans un hôtel
location_type-education = dans une école ou université
location_type-mobile_unit = une agence mobile
location_type-other = dans un autre type de lieu
fee-free = sans frais
