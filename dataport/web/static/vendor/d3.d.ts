// What the pages use of d3-scale and d3-shape, for the checker alone.
export interface Linear { (value: number): number; nice(count?: number): Linear; ticks(count?: number): number[]; domain(): number[] }
export interface Band { (name: string): number | undefined; bandwidth(): number; step(): number; padding(part: number): Band; paddingInner(part: number): Band; paddingOuter(part: number): Band }
export function scaleLinear(domain: number[], range: number[]): Linear;
export function scaleBand(domain: string[], range: number[]): Band;
export function scalePoint(domain: string[], range: number[]): Band;
export function line(): any;
