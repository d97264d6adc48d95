# Spanish. Every language has the same messages. They are read by mod.rs.

found-near = { $count ->
    [one] El cajero más cercano a { $place }:
   *[other] Los { $count } cajeros más cercanos a { $place }:
}
found-here = { $count ->
    [one] El cajero más cercano a ti:
   *[other] Los { $count } cajeros más cercanos a ti:
}
found-there = { $count ->
    [one] El cajero más cercano a esa posición:
   *[other] Los { $count } cajeros más cercanos a esa posición:
}
found-more = { $count ->
    [one] Uno más:
   *[other] { $count } más:
}
found-item = { $number }. { $name }: { $what }
found-rest = { $count ->
    [one] Hay uno más en las fichas.
   *[other] Hay { $count } más en las fichas.
}
with-wishes = Con: { $wishes }.
none-near = No conozco ningún cajero cerca de { $place } con: { $wishes }.
none-here = No conozco ningún cajero cerca de ti con: { $wishes }.
none-there = No conozco ningún cajero cerca de esa posición con: { $wishes }.
none-at-all = No hay ningún cajero en los datos.
no-more = No hay más.
within = a menos de { $distance }
relaxed = { $count ->
    [one] Sin «{ $wishes }» hay uno, a { $distance }.
   *[other] Sin «{ $wishes }» hay { $count }, el más cercano a { $distance }.
}
relaxed-many = Sin «{ $wishes }» hay más de { $count }, el más cercano a { $distance }.
relax-button = Sin: { $wishes }
only-stated = No se incluyen los cajeros cuyos datos no lo dicen.
unknown-name = Ningún cajero de aquí se conoce como «{ $name }».

distance-direction = { $distance } al { $direction }
direction-n = norte
direction-ne = noreste
direction-e = este
direction-se = sureste
direction-s = sur
direction-sw = suroeste
direction-w = oeste
direction-nw = noroeste
distance-m = { $n } m
distance-km = { $n } km
distance-mi = { $one ->
    [yes] { $n } milla
   *[no] { $n } millas
}
distance-yd = { $n } yardas
distance-ft = { $n } pies
distance-spot = aquí mismo

open-now = abierto
open-closes-in = { $minutes ->
    [one] cierra en { $minutes } minuto
   *[other] cierra en { $minutes } minutos
}
open-closes-at = abierto, cierra { $time }
open-always = abierto las 24 horas
closed-now = cerrado
closed-opens-in = { $minutes ->
    [one] abre en { $minutes } minuto
   *[other] abre en { $minutes } minutos
}
closed-opens-at = cerrado, abre { $time }
open-unknown = horario no indicado
not-open-always = no abierto las 24 horas
open-then = sí, abierto { $time }
closed-then = no, cerrado { $time }
open-then-unknown = no se indica si está abierto { $time }
hours-stated = Horario indicado: { $hours }
at-time = a las { $time }
at-day-time = el { $day } a las { $time }
tomorrow-at = mañana a las { $time }
day-1 = lunes
day-2 = martes
day-3 = miércoles
day-4 = jueves
day-5 = viernes
day-6 = sábado
day-7 = domingo

status-working = funcionaba { $age }
status-no-cash = sin efectivo según un aviso de { $age }
status-out = fuera de servicio según un aviso de { $age }
age-now = hace un momento
age-minutes = { $n ->
    [one] hace { $n } minuto
   *[other] hace { $n } minutos
}
age-hours = { $n ->
    [one] hace { $n } hora
   *[other] hace { $n } horas
}
age-days = { $n ->
    [one] hace { $n } día
   *[other] hace { $n } días
}

details-head = { $name }, { $what }.
hours-answer = { $name }: { $what }.
directions-answer = { $name } está a { $what }.
the-way = Cómo llegar: { $url }
fact-yes = { $what }: sí
fact-no = { $what }: no
fact-unknown = { $what }: no indicado
fact-limited = { $what }: limitado
fact-fee-free = Gratis para todos
fact-fee-some = Algunos clientes pagan
fact-fee-everyone = Todos pagan
fact-charges = Comisiones: { $charges }
fact-networks = Redes: { $networks }
fact-currencies = Monedas: { $currencies }
fact-machines = { $count ->
    [one] Un cajero
   *[other] { $count } cajeros
}
fact-address = Dirección: { $address }
fact-source = Fuente: { $source }
fact-source-as-of = Fuente: { $source }, a fecha de { $date }
access-customers = Solo para clientes del lugar
access-private = No abierto al público
hours-of-host = El horario es el del edificio en que está
hours-of-site = El horario es el del lugar en que está
nameless = Cajero

ask-place = ¿Dónde lo buscas? Escribe un lugar, una dirección o un código postal, o comparte tu ubicación. Solo se usa para buscar cajeros y se olvida con esta conversación.
ask-which = ¿Qué { $place } quieres decir?
ask-which-place = ¿Cuál de estos lugares quieres decir?
choice-item = { $number }. { $place }
unknown-place = No conozco ese lugar. Escríbelo con su ciudad, o envía un código postal o tu ubicación.
unknown-place-similar = No conozco ese lugar. ¿Quieres decir uno de estos?
unknown-place-in-town = No conozco “{ $place }”. ¿Busco desde el centro de la ciudad ({ $town })? O envía un código postal o tu ubicación.
unknown-place-in-which = No conozco “{ $place }”. ¿Desde el centro de qué ciudad busco?
bad-position = No puedo leer eso como una posición. Escribe latitud y longitud en grados decimales, por ejemplo 40.4168, -3.7038.
ask-first = Pregúntame primero por cajeros y luego te cuento más de uno.
no-such-choice = La lista solo tiene { $count }. ¿Qué número quieres decir?
gone = Ese cajero ya no está en los datos. Pregúntame otra vez por cajeros.
accuracy = Tu ubicación solo se conoce con unos { $distance } de precisión; el más cercano puede ser otro de estos.
consent = Uso la ubicación que has compartido solo para buscar cajeros cerca; se olvida con esta conversación y no se transmite a nadie.
whole-area = «{ $place }» es todo un país o una región: las distancias son desde su mayor ciudad. Di una ciudad para encontrar otros más cerca.
stale = Los datos son del { $date } y pueden no estar al día.
stale-undated = Puede que los datos no estén al día.
data-renewed = Los datos se han actualizado desde la última lista, así que empieza de nuevo.
lost = Ya no sé de qué hablábamos antes.

greeting = ¡Hola! ¿Dónde necesitas un cajero? Escribe un lugar o un código postal, o comparte tu ubicación.
thanks = De nada.
help = Busco cajeros. Dime dónde y qué debe ofrecer: «cajero cerca de Atocha sin comisión, abierto ahora». Después puedes afinar: «solo los gratuitos», «el segundo», «cómo llego», «más».
help-free-network = Qué cajeros te salen gratis depende de tu tarjeta: tu banco conoce su red. Dime la red o pide «cajeros gratis cerca de …» para los que son gratis para todos.
out-balance = Solo busco cajeros y no veo cuentas. La app de tu banco muestra el saldo, y muchos cajeros también: pide «cajero para consultar saldo cerca de …».
out-transfer = Solo busco cajeros y no muevo dinero. Eso se hace en la app o la web de tu banco.
out-card = Solo busco cajeros. Llama enseguida a tu banco para bloquear o reponer la tarjeta; el número está en su web y en tus extractos.
out-fraud = Solo busco cajeros. Comunícalo enseguida a tu banco; el número está en su web y en el dorso de la tarjeta.
out-spending = Solo busco cajeros y no veo pagos. Los muestra la app o la web de tu banco.
out-products = Solo busco cajeros. Para cuentas, tarjetas y préstamos pregunta a tu banco.
out-pin = Solo busco cajeros. Tu banco te ayuda con el PIN. Para cambiarlo en un cajero pide «cajero con cambio de PIN cerca de …».
out-branch = Solo busco cajeros. Para sucursales, citas o hablar con una persona pregunta a tu banco.
out-other = Solo busco cajeros. ¿Dónde necesitas uno?
unclear = No lo he entendido. Dime dónde necesitas un cajero, por ejemplo «cajero cerca de Atocha, abierto ahora».
too-far = El más cercano está a { $distance }.
closest-already = Estos son los más cercanos que cumplen lo que pides.

say-more = Más
say-free = Solo los gratuitos
say-open = Abierto ahora
say-directions = Cómo llego
say-details = Detalles
say-hours = Horario
say-help = Ayuda
say-hello = Hola
say-details-of = Detalles número

label-choose = Elegir
label-share = Compartir ubicación
label-list = Ver la lista
label-further = Además

wish-not = no: { $what }
wish-open-now = abierto ahora
wish-open-always = abierto las 24 horas
wish-open-at = abierto { $time }
wish-in-service = en servicio
service-cash_out = retirada de efectivo
service-cash_in = ingresos de efectivo
service-cheque_in = ingreso de cheques
service-envelope_in = depósitos en sobre
service-coins_in = ingreso de monedas
service-balance = saldo
service-mini_statement = últimos movimientos
service-statement_order = pedir un extracto
service-bill_payment = pago de recibos
service-transfer = transferencias
service-phone_top_up = recarga del móvil
service-charity = donaciones
service-pin_change = cambio de PIN
service-pin_unblock = desbloqueo de PIN
service-card_activation = activación de tarjeta
service-mobile_registration = registro en banca móvil
service-fast_cash = retirada rápida
service-foreign_currency = moneda extranjera
accessibility-wheelchair = acceso en silla de ruedas
accessibility-audio = salida de voz
accessibility-braille = braille
accessibility-induction_loop = bucle magnético
accessibility-level_access = acceso sin escalones
accessibility-ramp = rampa
accessibility-automatic_doors = puertas automáticas
accessibility-low_counter = mostrador bajo
feature-drive_through = desde el coche
feature-indoor = en el interior
feature-outdoor = en el exterior
feature-covered = bajo techo
feature-contactless = sin contacto
location_type-branch_external = en la fachada de una sucursal
location_type-branch_internal = dentro de una sucursal
location_type-branch_lobby = en el vestíbulo de una sucursal
location_type-retail = en una tienda
location_type-supermarket = en un supermercado
location_type-convenience = en una tienda de conveniencia
location_type-fuel = en una gasolinera
location_type-transport_station = en una estación
location_type-airport = en un aeropuerto
location_type-hospital = en un hospital
location_type-hotel = en un hotel
location_type-education = en un centro de enseñanza
location_type-mobile_unit = una oficina móvil
location_type-other = en otro tipo de lugar
fee-free = sin comisión
