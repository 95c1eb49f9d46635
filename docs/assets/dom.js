// What several scripts do with the document. All scripts of the site but site.js are
// modules: each has its own names, and imports from another what it shares with it.

/** An element with its attributes and children; a string among these is only text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** A button with a text, and what a click on it does. */
export function button(text, action) {
  const made = element("button", { type: "button" }, text)
  made.addEventListener("click", action)
  return made
}

/** Let the reader save a text as a file. */
export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }))
  element("a", { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
