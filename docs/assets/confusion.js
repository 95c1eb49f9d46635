// The confusion explorer: a matrix of counts in which each cell shows its images.
// Here for the captured baseline on validation images; grader.js uses it again for a
// reader's predictions of test images.

import { button, element } from "./dom.js"
import { classes, labels, validation } from "./fashion-mnist/labels.js"

const SPRITES = new URL("fashion-mnist/", import.meta.url)
const SPRITE_COLUMNS = 40 // images beside each other in the picture of a class
const AT_FIRST = 20, AT_ONCE = 60, MISTAKES = 4 // images shown, and with each press; largest mistakes named
export const testImages = imagesOf(labels, "", "test")
const validationImages = imagesOf(validation.labels, "validation-", "validation")
const labelPairs = classes.flatMap((_, label) => classes.map((_, guess) => [label, guess]))

/** A set of images: their true classes, their places in the picture of their class, its name. */
function imagesOf(digits, prefix, kind) {
  const labels = [...digits].map(Number)
  const counts = classes.map(() => 0)
  const places = labels.map(label => counts[label]++)
  return { labels, places, prefix, kind }
}

/** “10,000” */
export function thousands(number) {
  return number.toLocaleString("en")
}

/** [true class][predicted class]: the numbers of these images, in order. */
export function confusionOf(predictions, { labels } = testImages) {
  const found = classes.map(() => classes.map(() => []))
  labels.forEach((label, number) => found[label][predictions[number]].push(number))
  return found
}

/** “Shirt taken for Coat: 87 images” */
function confusionSays(confusion, label, guess) {
  const count = confusion[label][guess].length
  const what = label === guess ? "recognised" : `taken for ${classes[guess]}`
  return `${classes[label]} ${what}: ${thousands(count)} image${count === 1 ? "" : "s"}`
}

/** Percent of a cell's colour: by the share of its row; a quarter wrong is all wrong. */
function tint(count, row, right) {
  const share = count / row.reduce((sum, found) => sum + found.length, 0)
  return Math.round(100 * (right ? share : Math.min(1, 2 * Math.sqrt(share))))
}

/** The largest mistakes, as pairs of classes, the largest first. */
function mistakesOf(confusion) {
  const size = ([label, guess]) => confusion[label][guess].length
  const pairs = labelPairs.filter(([label, guess]) => label !== guess)
  return pairs.filter(size).sort((a, b) => size(b) - size(a)).slice(0, MISTAKES)
}

/** One image: its place in the picture of its class, and its number below. */
function oneImage({ labels, places, prefix, kind }, number) {
  const [label, place] = [labels[number], places[number]]
  const alt = `${kind[0].toUpperCase()}${kind.slice(1)} image ${number}`
  const image = element("img", { src: new URL(`${prefix}${label}.png`, SPRITES), alt })
  image.style.setProperty("--column", place % SPRITE_COLUMNS)
  image.style.setProperty("--row", Math.floor(place / SPRITE_COLUMNS))
  const below = element("span", { "aria-hidden": "true" }, `${number}`)
  return element("li", { tabindex: "-1" }, element("span", { class: "confusion-image" }, image), below)
}

/** The images of one cell at a time: a sentence, a list, a button for more of them. */
function makeViewer(confusion, images) {
  const says = element("p", { role: "status" })
  const list = element("ul", { class: "confusion-images", role: "list", hidden: "" })
  const more = element("button", { type: "button", hidden: "" })
  let waiting = [], sentence = "", total = 0

  function add(count) {
    const next = waiting.splice(0, count).map(number => oneImage(images, number))
    list.append(...next)
    const shown = waiting.length ? `; the first ${list.children.length} are shown` : ""
    const how = total ? ` Below each is its number in the ${images.kind} set, counted from 0.` : ""
    says.textContent = `${sentence}${shown}.${how}`
    more.hidden = !waiting.length
    more.textContent = `Show ${Math.min(AT_ONCE, waiting.length)} more`
    return next
  }

  more.addEventListener("click", () => {
    const [first] = add(AT_ONCE)
    if (more.hidden) first.focus() // the button has gone, and the focus with it
  })
  // Errors of images do not bubble
  list.addEventListener("error", () => (says.textContent = `${sentence}. They could not be loaded.`), true)

  function show(label, guess) {
    waiting = [...confusion[label][guess]]
    total = waiting.length
    sentence = confusionSays(confusion, label, guess)
    list.replaceChildren()
    list.hidden = !total
    list.setAttribute("aria-label", sentence)
    add(AT_FIRST)
  }

  return { parts: [says, list, more], show }
}

/** The matrix: [true class][predicted class] of buttons in a table. */
function makeMatrix(confusion, caption) {
  const buttons = confusion.map((row, label) => row.map((found, guess) => {
    const name = confusionSays(confusion, label, guess)
    const attributes = { type: "button", tabindex: "-1", "aria-label": name, title: name }
    return element("button", attributes, thousands(found.length))
  }))
  const cell = (shown, label, guess) => {
    const count = confusion[label][guess].length
    const kind = count === 0 ? "none" : label === guess ? "right" : "wrong"
    const colour = tint(count, confusion[label], label === guess)
    return element("td", { class: kind, style: `--tint: ${colour}%` }, shown)
  }
  const heads = classes.map(name => element("th", { scope: "col" }, element("span", {}, name)))
  const rows = buttons.map((row, label) => {
    const cells = row.map((shown, guess) => cell(shown, label, guess))
    return element("tr", {}, element("th", { scope: "row" }, classes[label]), ...cells)
  })
  const axes = element("td", {}, "predicted →", element("br"), "true ↓")
  const head = element("thead", {}, element("tr", {}, axes, ...heads))
  const parts = [element("caption", {}, caption), head, element("tbody", {}, ...rows)]
  const table = element("table", { class: "confusion-matrix", role: "grid" }, ...parts)
  return { table, buttons }
}

/** Arrows, Home and End move the focus in a grid of buttons; with Ctrl to its corners. */
function moveInGrid(event, buttons) {
  const last = classes.length - 1
  const row = buttons.findIndex(one => one.includes(event.target))
  if (row < 0 || event.altKey || event.metaKey) return
  const column = buttons[row].indexOf(event.target)
  const goals = {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    Home: [event.ctrlKey ? 0 : row, 0],
    End: [event.ctrlKey ? last : row, last],
  }
  const goal = goals[event.key]
  if (!goal) return
  event.preventDefault() // the page does not scroll
  buttons[goal[0]]?.[goal[1]]?.focus()
}

/** Put the matrix of `predictions` into `box`, with all that belongs to it.

    Returns what shows the images of the largest mistake. */
export function showConfusion(box, predictions, caption, images = testImages) {
  const confusion = confusionOf(predictions, images)
  const { table, buttons } = makeMatrix(confusion, caption)
  const viewer = makeViewer(confusion, images)
  let [reachable, chosen] = [buttons[0][0], buttons[0][0]]
  reachable.tabIndex = 0

  function choose(label, guess) {
    chosen.removeAttribute("aria-current")
    chosen = buttons[label][guess]
    chosen.setAttribute("aria-current", "true")
    viewer.show(label, guess)
  }

  table.addEventListener("keydown", event => moveInGrid(event, buttons))
  table.addEventListener("focusin", ({ target }) => {
    if (!target.matches("button")) return
    reachable.tabIndex = -1 // one of the cells at a time can be reached with Tab
    reachable = target
    reachable.tabIndex = 0
  })
  for (const [label, guess] of labelPairs)
    buttons[label][guess].addEventListener("click", () => choose(label, guess))

  const mistakes = mistakesOf(confusion).map(([label, guess]) => {
    const says = confusionSays(confusion, label, guess)
    return element("li", {}, button(says, () => choose(label, guess)))
  })
  const most = element("p", {}, "The largest mistakes:")
  const list = element("ul", { class: "confusion-mistakes", role: "list" }, ...mistakes)
  const largest = mistakes.length ? [most, list] : []
  box.replaceChildren(element("div", { class: "confusion-scroll" }, table), ...largest, ...viewer.parts)
  return () => mistakes.length && choose(...mistakesOf(confusion)[0])
}

const confusionBox = document.getElementById("confusion")
if (confusionBox) {
  const needs = "Each number shows its images: click it, or go to it with the arrow keys and press Enter."
  const caption = confusionBox.querySelector("caption").textContent
  const showLargest = showConfusion(confusionBox, [...validation.baseline].map(Number), caption, validationImages)
  confusionBox.prepend(element("p", {}, needs))
  // Its pictures are fetched once the reader comes near
  new IntersectionObserver(([entry], observer) => {
    if (!entry.isIntersecting) return
    observer.disconnect()
    if (!confusionBox.querySelector("[aria-current]")) showLargest()
  }, { rootMargin: "600px" }).observe(confusionBox)
}
