// Asks the README's question with types generated from the document.
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi.js";

declare const process: { argv: string[] };
const client = createClient<paths>({ baseUrl: process.argv[2]!, querySerializer: { array: { style: "form", explode: false } } });

const { data, error } = await client.GET("/v1/atms/nearest", {
    params: { query: { lat: 60.1719, lon: 24.9414, limit: 1, service: ["cash_out"], unknown: "include" } },
});
if (error) throw new Error(error.code);
if (!("neighbours" in data)) throw new Error("GeoJSON was not asked for");
const answer: components["schemas"]["NearestAnswer"] = data;
const neighbour = answer.neighbours[0]!;
if (neighbour.site.name !== "Otto" || neighbour.distance_m !== 41.1) throw new Error(JSON.stringify(neighbour));
console.log(`typescript: ${neighbour.site.name}, ${neighbour.distance_m} m`);

const refused = await client.POST("/v1/atms/nearest", { body: { near: "Springfield" } });
// The code tells the problems of a status apart, and their members with them.
if (refused.error?.code !== "ambiguous_place") throw new Error(JSON.stringify(refused.error));
if (refused.error.candidates.length < 2) throw new Error("too few candidates");
