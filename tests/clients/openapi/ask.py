"""Asks the README's question with the client generated from the document."""

import sys

from python import Client
from python.api.lookup import find_nearest_atms, find_nearest_atms_by_body
from python.models import InvalidParametersProblem, NearestAnswer, NearestByPlace

client = Client(base_url=sys.argv[1])

answer = find_nearest_atms.sync(client=client, lat=60.1719, lon=24.9414, limit=1)
assert isinstance(answer, NearestAnswer), answer
neighbour = answer.neighbours[0]
assert neighbour.site.name == "Otto", neighbour
assert neighbour.distance_m == 41.1, neighbour
assert neighbour.atms[0].services.cash_in == "unknown", neighbour
print(f"python: {neighbour.site.name}, {neighbour.distance_m} m")

answer = find_nearest_atms_by_body.sync(client=client, body=NearestByPlace(near="Monaco", limit=2))
assert isinstance(answer, NearestAnswer), answer
assert len(answer.neighbours) == 2, answer

problem = find_nearest_atms.sync(client=client, lat=123.0, lon=24.9414)
assert isinstance(problem, InvalidParametersProblem), problem
assert problem.errors[0].parameter == "lat", problem
