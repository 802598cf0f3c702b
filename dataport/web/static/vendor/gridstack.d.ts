// What the pages use of gridstack, for the checker alone.
export const GridStack: { init(options: object, element: HTMLElement): any };
