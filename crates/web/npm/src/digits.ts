/**
 * Numbers in JSON text that a JavaScript number cannot hold: they would come back with other
 * digits.
 */

/** As many digits as every number keeps. */
const DIGITS_KEPT = 15;
/** Written out, the longest number that is not the shortest text of itself with zeros. */
const LITERAL_LENGTH_MAX = 1200;

/** Refuses JSON with a number that would lose digits. */
export function checkDigits(json: string): void {
  const tokens = /"|-?\d[\d.eE+-]*/g;
  for (let found = tokens.exec(json); found; found = tokens.exec(json)) {
    const [token] = found;
    if (token === '"') tokens.lastIndex = endOfString(json, found.index);
    else if (token.length > DIGITS_KEPT || /e/i.test(token)) checkNumber(token);
  }
}

/** Behind the closing quote. */
export function endOfString(json: string, start: number): number {
  let end = start;
  let escapes: number;
  do {
    end = json.indexOf('"', end + 1);
    if (end < 0) return json.length;
    escapes = 0;
    while (json[end - 1 - escapes] === "\\") escapes += 1;
  } while (escapes % 2 === 1);
  return end + 1;
}

function checkNumber(literal: string): void {
  const number = Number(literal);
  if (literal.length <= LITERAL_LENGTH_MAX && isShortest(amount(literal), number)) return;
  const shown = literal.length > 40 ? `${literal.slice(0, 40)}…` : literal;
  throw new Error(`the number ${shown} would come back as ${number}: write it as a string, or in \`value_typed\` as {"$":"bigint","of":"…"} if it is whole`);
}

/**
 * Whether an amount is that of the number's shortest text. Where two of that length are equally
 * near, a browser writes the even one and Rust the upper one: neither has lost a digit.
 */
function isShortest(written: string, number: number): boolean {
  const even = amount(String(number));
  if (written === even) return true;
  const digits = even.indexOf("e");
  return digits > 0 && written === amount(number.toPrecision(digits));
}

/** The digits without zeros around them, and the exponent of the last one. */
function amount(number: string): string {
  const [, whole = "", fraction = "", exponent = "0"] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return number.endsWith("y") ? number : "0";
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
