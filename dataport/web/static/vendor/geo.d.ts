// What the pages use of d3-geo and topojson-client, for the checker alone.
export function geoEqualEarth(): any;
export function geoPath(projection: any): (shape: any) => string;
export function feature(topology: any, object: any): { features: any[] };
export function mesh(topology: any, object: any): any;
