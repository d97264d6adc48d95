# Portuguese. Every language has the same messages. They are read by mod.rs.

found-near = { $count ->
    [one] O caixa mais próximo de { $place }:
   *[other] Os { $count } caixas mais próximos de { $place }:
}
found-here = { $count ->
    [one] O caixa mais próximo de você:
   *[other] Os { $count } caixas mais próximos de você:
}
found-there = { $count ->
    [one] O caixa mais próximo dessa posição:
   *[other] Os { $count } caixas mais próximos dessa posição:
}
found-more = { $count ->
    [one] Mais um:
   *[other] Mais { $count }:
}
found-item = { $number }. { $name }: { $what }
found-rest = { $count ->
    [one] Há mais um nos cartões.
   *[other] Há mais { $count } nos cartões.
}
with-wishes = Com: { $wishes }.
none-near = Não conheço nenhum caixa perto de { $place } com: { $wishes }.
none-here = Não conheço nenhum caixa perto de você com: { $wishes }.
none-there = Não conheço nenhum caixa perto dessa posição com: { $wishes }.
none-at-all = Não há nenhum caixa nos dados.
no-more = Não há mais.
within = a menos de { $distance }
relaxed = { $count ->
    [one] Sem “{ $wishes }” há um, a { $distance }.
   *[other] Sem “{ $wishes }” há { $count }, o mais próximo a { $distance }.
}
relaxed-many = Sem “{ $wishes }” há mais de { $count }, o mais próximo a { $distance }.
relax-button = Sem: { $wishes }
only-stated = Ficam de fora os caixas cujos dados não o indicam.
unknown-name = Nenhum caixa daqui é conhecido como “{ $name }”.

distance-direction = { $distance } a { $direction }
direction-n = norte
direction-ne = nordeste
direction-e = leste
direction-se = sudeste
direction-s = sul
direction-sw = sudoeste
direction-w = oeste
direction-nw = noroeste
distance-m = { $n } m
distance-km = { $n } km
distance-mi = { $one ->
    [yes] { $n } milha
   *[no] { $n } milhas
}
distance-yd = { $n } jardas
distance-ft = { $n } pés
distance-spot = aqui mesmo

open-now = aberto
open-closes-in = { $minutes ->
    [one] fecha em { $minutes } minuto
   *[other] fecha em { $minutes } minutos
}
open-closes-at = aberto, fecha { $time }
open-always = aberto 24 horas
closed-now = fechado
closed-opens-in = { $minutes ->
    [one] abre em { $minutes } minuto
   *[other] abre em { $minutes } minutos
}
closed-opens-at = fechado, abre { $time }
open-unknown = horário não indicado
not-open-always = não está aberto 24 horas
open-then = sim, aberto { $time }
closed-then = não, fechado { $time }
open-then-unknown = não é indicado se está aberto { $time }
hours-stated = Horário indicado: { $hours }
at-time = às { $time }
at-day-time = { $day } às { $time }
tomorrow-at = amanhã às { $time }
day-1 = segunda-feira
day-2 = terça-feira
day-3 = quarta-feira
day-4 = quinta-feira
day-5 = sexta-feira
day-6 = sábado
day-7 = domingo

status-working = a funcionar { $age }
status-no-cash = sem dinheiro, aviso { $age }
status-out = fora de serviço, aviso { $age }
age-now = agora mesmo
age-minutes = { $n ->
    [one] há { $n } minuto
   *[other] há { $n } minutos
}
age-hours = { $n ->
    [one] há { $n } hora
   *[other] há { $n } horas
}
age-days = { $n ->
    [one] há { $n } dia
   *[other] há { $n } dias
}

details-head = { $name }, { $what }.
hours-answer = { $name }: { $what }.
directions-answer = { $name } fica a { $what }.
the-way = Como chegar: { $url }
fact-yes = { $what }: sim
fact-no = { $what }: não
fact-unknown = { $what }: não indicado
fact-limited = { $what }: limitado
fact-fee-free = Grátis para todos
fact-fee-some = Alguns clientes pagam
fact-fee-everyone = Todos pagam
fact-charges = Tarifas: { $charges }
fact-networks = Redes: { $networks }
fact-currencies = Moedas: { $currencies }
fact-machines = { $count ->
    [one] Uma máquina
   *[other] { $count } máquinas
}
fact-address = Endereço: { $address }
fact-source = Fonte: { $source }
fact-source-as-of = Fonte: { $source }, de { $date }
access-customers = Só para clientes do local
access-private = Não aberto ao público
hours-of-host = O horário é o do edifício em que está
hours-of-site = O horário é o do lugar em que está
nameless = Caixa

ask-place = Onde procura? Escreva um lugar, um endereço ou um código postal, ou partilhe a sua localização. Ela só serve para encontrar caixas e é esquecida com esta conversa.
ask-which = Qual { $place } quer dizer?
ask-which-place = Qual destes lugares quer dizer?
choice-item = { $number }. { $place }
unknown-place = Não conheço esse lugar. Escreva-o com a cidade, ou envie um código postal ou a sua localização.
unknown-place-similar = Não conheço esse lugar. Quer dizer um destes?
unknown-place-in-town = Não conheço “{ $place }”. Procuro a partir do centro da cidade ({ $town })? Ou envie um código postal ou a sua localização.
unknown-place-in-which = Não conheço “{ $place }”. Procuro a partir do centro de que cidade?
bad-position = Não consigo ler isso como posição. Escreva latitude e longitude em graus decimais, por exemplo 38.7223, -9.1393.
ask-first = Pergunte-me primeiro por caixas e depois digo mais sobre um deles.
no-such-choice = A lista só tem { $count }. Que número quer dizer?
gone = Esse caixa já não está nos dados. Pergunte-me outra vez por caixas.
accuracy = A sua localização só é conhecida com cerca de { $distance } de precisão; o mais próximo pode ser outro destes.
consent = Uso a localização que partilhou só para encontrar caixas por perto; ela é esquecida com esta conversa e não é transmitida.
whole-area = “{ $place }” é todo um país ou uma região: as distâncias são desde a maior cidade. Diga uma cidade para encontrar outros mais perto.
stale = Os dados são de { $date } e podem não estar atualizados.
stale-undated = Os dados podem não estar atualizados.
data-renewed = Os dados foram atualizados desde a última lista, por isso ela recomeça.
lost = Já não sei do que falávamos antes.

greeting = Olá! Onde precisa de um caixa? Escreva um lugar ou um código postal, ou partilhe a sua localização.
thanks = De nada.
help = Encontro caixas eletrônicos e multibancos. Diga onde, e o que deve oferecer: “caixa perto do Rossio sem taxa, aberto agora”. Depois pode refinar: “só os grátis”, “o segundo”, “como chego lá”, “mais”.
help-free-network = Que caixas são grátis depende do seu cartão: o seu banco conhece a rede. Diga-me a rede, ou peça “caixas grátis perto de …” para os que são grátis para todos.
out-balance = Só encontro caixas e não vejo contas. A aplicação do seu banco mostra o saldo, e muitos caixas também: peça “caixa para consultar saldo em …”.
out-transfer = Só encontro caixas e não movimento dinheiro. Isso faz-se na aplicação ou no site do seu banco.
out-card = Só encontro caixas. Ligue já ao seu banco para bloquear ou substituir o cartão; o número está no site dele e nos seus extratos.
out-fraud = Só encontro caixas. Comunique isso já ao seu banco; o número está no site dele e no verso do cartão.
out-spending = Só encontro caixas e não vejo pagamentos. A aplicação ou o site do seu banco mostra-os.
out-products = Só encontro caixas. Sobre contas, cartões e empréstimos fale com o seu banco.
out-pin = Só encontro caixas. O seu banco ajuda com o código. Para o mudar numa máquina peça “caixa para mudar o PIN em …”.
out-branch = Só encontro caixas. Para agências, marcações ou falar com uma pessoa contacte o seu banco.
out-other = Só encontro caixas. Onde precisa de um?
unclear = Não entendi. Diga onde precisa de um caixa, por exemplo “caixa perto do Rossio, aberto agora”.
too-far = O mais próximo fica a { $distance }.
closest-already = Estes são os mais próximos que servem.

say-more = Mais
say-free = Só os grátis
say-open = Aberto agora
say-directions = Como chego lá
say-details = Detalhes
say-hours = Horário
say-help = Ajuda
say-hello = Olá
say-details-of = Detalhes número

label-choose = Escolher
label-share = Partilhar local
label-list = Ver a lista
label-further = Mais opções

wish-not = não: { $what }
wish-open-now = aberto agora
wish-open-always = aberto 24 horas
wish-open-at = aberto { $time }
wish-in-service = em serviço
service-cash_out = levantamentos
service-cash_in = depósitos
service-cheque_in = depósito de cheques
service-envelope_in = depósito em envelope
service-coins_in = depósito de moedas
service-balance = saldo
service-mini_statement = últimos movimentos
service-statement_order = pedido de extrato
service-bill_payment = pagamento de contas
service-transfer = transferências
service-phone_top_up = carregamento do celular
service-charity = doações
service-pin_change = mudança de PIN
service-pin_unblock = desbloqueio de PIN
service-card_activation = ativação de cartão
service-mobile_registration = adesão à banca móvel
service-fast_cash = saque rápido
service-foreign_currency = moeda estrangeira
accessibility-wheelchair = acesso em cadeira de rodas
accessibility-audio = saída de voz
accessibility-braille = braille
accessibility-induction_loop = anel de indução
accessibility-level_access = acesso sem degraus
accessibility-ramp = rampa
accessibility-automatic_doors = portas automáticas
accessibility-low_counter = balcão baixo
feature-drive_through = sem sair do carro
feature-indoor = no interior
feature-outdoor = no exterior
feature-covered = coberto
feature-contactless = por aproximação
location_type-branch_external = na fachada de uma agência
location_type-branch_internal = dentro de uma agência
location_type-branch_lobby = no átrio de uma agência
location_type-retail = numa loja
location_type-supermarket = num supermercado
location_type-convenience = numa loja de conveniência
location_type-fuel = num posto de combustível
location_type-transport_station = numa estação
location_type-airport = num aeroporto
location_type-hospital = num hospital
location_type-hotel = num hotel
location_type-education = numa escola ou universidade
location_type-mobile_unit = uma agência móvel
location_type-other = noutro tipo de lugar
fee-free = sem taxa
