# English. Every language has the same messages. They are read by mod.rs.

found-near = { $count ->
    [one] The nearest ATM to { $place }:
   *[other] The { $count } nearest ATMs to { $place }:
}
found-here = { $count ->
    [one] The nearest ATM to you:
   *[other] The { $count } nearest ATMs to you:
}
found-there = { $count ->
    [one] The nearest ATM to that position:
   *[other] The { $count } nearest ATMs to that position:
}
found-more = { $count ->
    [one] One more:
   *[other] { $count } more:
}
found-item = { $number }. { $name }: { $what }
found-rest = { $count ->
    [one] There is one more on the cards.
   *[other] There are { $count } more on the cards.
}
with-wishes = With: { $wishes }.
none-near = I know of no ATM near { $place } with: { $wishes }.
none-here = I know of no ATM near you with: { $wishes }.
none-there = I know of no ATM near that position with: { $wishes }.
none-at-all = There is no ATM in the data.
no-more = There are no more.
within = within { $distance }
relaxed = { $count ->
    [one] Without “{ $wishes }” there is one, { $distance } away.
   *[other] Without “{ $wishes }” there are { $count }, the nearest { $distance } away.
}
relaxed-many = Without “{ $wishes }” there are more than { $count }, the nearest { $distance } away.
relax-button = Without: { $wishes }
only-stated = Machines whose data does not say are left out.
unknown-name = No ATM here is known by the name “{ $name }”.

distance-direction = { $distance } { $direction }
direction-n = north
direction-ne = north-east
direction-e = east
direction-se = south-east
direction-s = south
direction-sw = south-west
direction-w = west
direction-nw = north-west
distance-m = { $n } m
distance-km = { $n } km
distance-mi = { $one ->
    [yes] { $n } mile
   *[no] { $n } miles
}
distance-yd = { $n } yards
distance-ft = { $n } feet
distance-spot = right here

open-now = open
open-closes-in = { $minutes ->
    [one] closes in { $minutes } minute
   *[other] closes in { $minutes } minutes
}
open-closes-at = open until { $time }
open-always = open round the clock
closed-now = closed
closed-opens-in = { $minutes ->
    [one] opens in { $minutes } minute
   *[other] opens in { $minutes } minutes
}
closed-opens-at = closed, opens { $time }
open-unknown = opening hours not stated
not-open-always = not open round the clock
open-then = yes, open { $time }
closed-then = no, closed { $time }
open-then-unknown = not stated whether it is open { $time }
hours-stated = Hours as stated: { $hours }
at-time = at { $time }
at-day-time = { $day } at { $time }
tomorrow-at = tomorrow at { $time }
day-1 = Monday
day-2 = Tuesday
day-3 = Wednesday
day-4 = Thursday
day-5 = Friday
day-6 = Saturday
day-7 = Sunday

status-working = working { $age }
status-no-cash = reported to be out of cash { $age }
status-out = reported out of service { $age }
age-now = just now
age-minutes = { $n ->
    [one] { $n } minute ago
   *[other] { $n } minutes ago
}
age-hours = { $n ->
    [one] { $n } hour ago
   *[other] { $n } hours ago
}
age-days = { $n ->
    [one] { $n } day ago
   *[other] { $n } days ago
}

details-head = { $name }, { $what }.
hours-answer = { $name }: { $what }.
directions-answer = { $name } is { $what }.
the-way = The way there: { $url }
fact-yes = { $what }: yes
fact-no = { $what }: no
fact-unknown = { $what }: not stated
fact-limited = { $what }: limited
fact-fee-free = Free for everyone
fact-fee-some = Some customers pay
fact-fee-everyone = Everyone pays
fact-charges = Charges: { $charges }
fact-networks = Networks: { $networks }
fact-currencies = Currencies: { $currencies }
fact-machines = { $count ->
    [one] One machine
   *[other] { $count } machines
}
fact-address = Address: { $address }
fact-source = Source: { $source }
fact-source-as-of = Source: { $source }, as of { $date }
access-customers = For customers of the place only
access-private = Not open to the public
hours-of-host = The hours are those of the building it stands in
hours-of-site = The hours are those of the place it stands at
nameless = ATM

ask-place = Where are you looking? Write a place, an address or a postcode, or share your position. It is used only to find ATMs and is forgotten with this conversation.
ask-which = Which { $place } do you mean?
ask-which-place = Which of these places do you mean?
choice-item = { $number }. { $place }
unknown-place = I do not know that place. Write it with its town, or send a postcode or your position.
unknown-place-similar = I do not know that place. Did you mean one of these?
unknown-place-in-town = I do not know “{ $place }”. Shall I look from the middle of { $town }? Or send a postcode or your position.
unknown-place-in-which = I do not know “{ $place }”. From the middle of which town shall I look?
bad-position = I cannot read that as a position. Write latitude and longitude in decimal degrees, such as 51.5074, -0.1278.
ask-first = Ask me for ATMs first, then I can say more about one of them.
no-such-choice = The list has only { $count }. Which number do you mean?
gone = That machine is no longer in the data. Ask me again for ATMs.
accuracy = Your position is only known to about { $distance }, so the nearest may be another of these.
consent = I use the position you shared only to find ATMs near it; it is forgotten with this conversation and not passed on.
whole-area = “{ $place }” is a whole country or region: the distances are from its largest town. Name a town for closer ones.
stale = The data is from { $date } and may be out of date.
stale-undated = The data may be out of date.
data-renewed = The data has been renewed since the last list, so it begins anew.
lost = I no longer know what we spoke of before.

greeting = Hello! Where do you need an ATM? Write a place or a postcode, or share your position.
thanks = You are welcome.
help = I find ATMs. Say where, and what it must offer: “nearest ATM to Euston that takes deposits, open now”. Then refine: “only free ones”, “the second one”, “directions”, “more”.
help-free-network = Which machines cost you nothing depends on your card: your bank knows its network. Tell me the network, such as LINK or Allpoint, or say “free ATMs near …” for those that are free for everyone.
out-balance = I only find ATMs and cannot see accounts. Your bank's app shows the balance, and many ATMs do too: say “ATM with balance near …”.
out-transfer = I only find ATMs and cannot move money. Your bank's app or website does that.
out-card = I only find ATMs. Call your bank at once to block or replace the card; the number is on its website and on your statements.
out-fraud = I only find ATMs. Report this to your bank at once; the number is on its website and on the back of your card.
out-spending = I only find ATMs and cannot see payments. Your bank's app or website shows them.
out-products = I only find ATMs. For accounts, cards and loans please ask your bank.
out-pin = I only find ATMs. Your bank helps with the PIN. To change it at a machine say “ATM with PIN change near …”.
out-branch = I only find ATMs. For branches, appointments or a person to speak to please ask your bank.
out-other = I only find ATMs. Where do you need one?
unclear = I did not understand that. Say where you need an ATM, for example “ATM near Euston, open now”.
too-far = The nearest is { $distance } away.
closest-already = These are the closest that fit.

say-more = More
say-free = Only free ones
say-open = Open now
say-directions = Directions
say-details = Details
say-hours = Opening hours
say-help = Help
say-hello = Hello
say-details-of = Details number

label-choose = Choose
label-share = Share my location
label-list = Show list
label-further = Further

wish-not = not: { $what }
wish-open-now = open now
wish-open-always = open round the clock
wish-open-at = open { $time }
wish-in-service = in service
service-cash_out = withdrawals
service-cash_in = deposits
service-cheque_in = cheque deposits
service-envelope_in = envelope deposits
service-coins_in = coin deposits
service-balance = balance
service-mini_statement = mini statement
service-statement_order = ordering a statement
service-bill_payment = paying bills
service-transfer = transfers
service-phone_top_up = phone top-up
service-charity = giving to charity
service-pin_change = PIN change
service-pin_unblock = PIN unblocking
service-card_activation = card activation
service-mobile_registration = registering for mobile banking
service-fast_cash = fast cash
service-foreign_currency = foreign currency
accessibility-wheelchair = wheelchair access
accessibility-audio = speech output
accessibility-braille = braille
accessibility-induction_loop = hearing loop
accessibility-level_access = step-free access
accessibility-ramp = ramp
accessibility-automatic_doors = automatic doors
accessibility-low_counter = low counter
feature-drive_through = drive-through
feature-indoor = indoors
feature-outdoor = outdoors
feature-covered = under a roof
feature-contactless = contactless
location_type-branch_external = outside a bank branch
location_type-branch_internal = inside a bank branch
location_type-branch_lobby = in a branch lobby
location_type-retail = in a shop
location_type-supermarket = in a supermarket
location_type-convenience = in a convenience store
location_type-fuel = at a petrol station
location_type-transport_station = at a station
location_type-airport = at an airport
location_type-hospital = at a hospital
location_type-hotel = in a hotel
location_type-education = at a school or university
location_type-mobile_unit = a mobile unit
location_type-other = at another kind of place
fee-free = free of charge
