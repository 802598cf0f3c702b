// Boundaries of countries for the small map: shapes from Natural Earth's 1:110m, by ISO code, and a point for each country
// that is too small to have a shape there. Run by tools/vendor.py, which installs what is imported here.
import { createRequire } from "node:module";
import { feature, quantize, merge } from "topojson-client";
import { topology } from "topojson-server";
import { presimplify, simplify } from "topojson-simplify";
import { writeFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const coarse = require("world-atlas/countries-110m.json");
const fine = require("world-atlas/countries-50m.json");
const codes = require("i18n-iso-countries");

// Areas that Natural Earth draws apart and that have no code of their own are drawn with the country that United Nations
// maps put them in. The file can be replaced by one of the operation's own, of the same form.
const DRAWN_WITH = { "N. Cyprus": "CYP", Somaliland: "SOM", Kosovo: "SRB" };
const LEFT_OUT = new Set(["ATA"]);

const codeOf = (one) => (one.id ? codes.numericToAlpha3(one.id) : DRAWN_WITH[one.properties.name]);

const together = new Map();
for (const one of coarse.objects.countries.geometries) {
  const code = codeOf(one);
  if (!code) throw new Error(`no code for ${one.properties.name}`);
  if (!LEFT_OUT.has(code)) together.set(code, [...(together.get(code) ?? []), one]);
}
const shapes = [...together].sort().map(([code, parts]) => ({
  type: "Feature", id: code, properties: {}, geometry: merge(coarse, parts),
}));

// The middle of a box is enough for a country of a few pixels.
const middle = (geometry) => {
  const flat = geometry.coordinates.flat(geometry.type === "Polygon" ? 1 : 2);
  const mean = (place) => flat.reduce((sum, one) => sum + one[place], 0) / flat.length;
  return [Number(mean(0).toFixed(2)), Number(mean(1).toFixed(2))];
};
const points = {};
for (const one of feature(fine, fine.objects.countries).features) {
  const code = one.id && codes.numericToAlpha3(one.id);
  if (code && !together.has(code) && !LEFT_OUT.has(code)) points[code] = middle(one.geometry);
}

const prepared = quantize(simplify(presimplify(topology({ countries: { type: "FeatureCollection", features: shapes } })), 0.02), 8000);
const world = { ...prepared, points: Object.fromEntries(Object.entries(points).sort()) };
writeFileSync(process.argv[2], JSON.stringify(world) + "\n");
