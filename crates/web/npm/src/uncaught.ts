/**
 * Tells whoever the thread belongs to of an error that nobody catches. Node has no `reportError`,
 * and hears of what a timer throws.
 */
export function uncaught(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else setTimeout(() => { throw error; });
}
