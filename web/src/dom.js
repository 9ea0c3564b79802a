// Elements by their id, and new ones.

export const $ = (id) => document.getElementById(id);

/** An element with properties and children. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A count with its noun. */
export const counted = (number, noun) =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/** A length for people. */
export function size(bytes) {
  if (bytes < 1000) return counted(bytes, "byte");
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let at = 0;
  for (; value >= 1000 && at < units.length - 1; at += 1) value /= 1000;
  return `${value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString("en")} ${units[at]}`;
}

/** Says something in a place that is read out: texts become paragraphs. */
export function say(id, ...content) {
  const parts = content.map((part) =>
    (typeof part === "string" ? element("p", { textContent: part }) : part));
  $(id).replaceChildren(...parts);
}

/** What a trial came to: `state` is `good`, `bad` or `wait`. */
export function tell(state, ...content) {
  $("outcome").dataset.state = state;
  say("outcome", ...content);
  $("outcome").scrollIntoView({ block: "nearest" });
}

/** Hands a file to the user. */
export function download(blob, name) {
  const address = URL.createObjectURL(blob);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The day, for names of files. */
export const today = () => new Date().toISOString().slice(0, 10);

/** Lets a button do one thing at a time; `onError` hears why it failed. */
export function onPress(button, work, onError) {
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (error) {
      onError(error);
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}

/** A button that does one thing at a time. */
export function action(textContent, work, onError) {
  const button = element("button", { textContent });
  onPress(button, work, onError);
  return button;
}
