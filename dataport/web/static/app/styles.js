// A sheet of styles that only some pages need is fetched with the first of them.

/** @param {string} name */
export function styled(name) {
  const address = new URL(`../css/${name}.css`, import.meta.url).href;
  if ([...document.styleSheets].some((one) => one.href === address) || document.querySelector(`link[href="${address}"]`)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  document.head.append(link);
}
