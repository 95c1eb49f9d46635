// The grader: reads a file of predictions in this tab, and grades it as the lesson's
// read_predictions and grade do: the same numbers, and the same words for what is wrong.

import { barLine } from "./bar-line.js"
import { confusionOf, showConfusion, testImages, thousands } from "./confusion.js"
import { button, download, element } from "./dom.js"
import { bars as thresholds, baseline, classes, source } from "./fashion-mnist/labels.js"
import { INVISIBLE, Refused, check, shortened } from "./untrusted.js"

const COUNT = testImages.labels.length
const PER_CLASS = COUNT / classes.length
const MOST_BYTES = 1_000_000, LONGEST_LINE = 40, LONGEST_FILE_NAME = 80
const FORM = `the file should have ${thousands(COUNT)} lines, each a class number from 0 to 9`
// What stands in a line in place of a class number, and what is said of it
const ODD = [
  [/^$/, () => `is blank; ${FORM}`],
  [/^[+-]?[0-9]+$/, line => `is ${line}; the classes are 0 to 9`],
  [/^[+-]?(nan|inf|infinity|none|null|na)$/i, line => `is “${line}”; ${FORM}`],
  [/^[+-]?([0-9]+\.?|[0-9]*\.[0-9]+)(e[+-]?[0-9]+)?$/i, line =>
    `is the decimal number “${line}”: write whole numbers, with fmt="%d" in NumPy's savetxt`],
  [/^["'][-+.0-9e]*["']$/i, line => `is “${line}”: write the number without quotes`],
  [/^(?=.*[,;| \t])[-+.0-9e"'\[\],;| \t]+$/i, line => `has more than a number, “${line}”: `
    + "write one a line, no index (in pandas, index=False), logits as their argmax"],
]
const NO_NUMBER = line => `is not a whole number: “${line}”; ${FORM}`
const GUESSED = "Guessing gives about 10 %: was the loader shuffled, or are the classes not numbered "
  + "as in CLASSES, from 0?"
const OURS = "our baseline"
const Z = 1.96 // of a normal distribution's middle 95 %
const part = name => document.getElementById(`grader-${name}`)
let graded = null // the file that the report is on
let turns = 0 // files that were given; the last one counts

/** What to say of a line that is no class number; undefined if it may be a header. */
function odd(line) {
  const says = ODD.find(([pattern]) => pattern.test(line))?.[1]
  return says ?? (/\p{L}/u.test(line) ? undefined : NO_NUMBER)
}

const clipped = line => [...line].slice(0, LONGEST_LINE).join("")

/** The class numbers in a file's bytes. Throws Refused, which says what is wrong. */
function readPredictions(bytes) {
  check(bytes.length <= MOST_BYTES, `The file has more than a million bytes; ${FORM}.`)
  const wide = ["255,254", "254,255"].includes(bytes.slice(0, 2).join())
  check(!wide, `The file is in UTF-16: save it as UTF-8; ${FORM}.`)
  const text = textOf(bytes)
  check(!text.includes("\0"), `The file is not text; ${FORM}.`)
  const lines = text.split(/\r\n|\r|\n/).map(stripped)
  while (lines.at(-1) === "") lines.pop()
  check(lines.length, `The file is empty; ${FORM}.`)
  const header = lines[0] && odd(lines[0]) ? 0 : 1
  for (const [index, line] of lines.entries()) {
    if (index < header || /^[0-9]$/.test(line)) continue
    throw new Refused(`Line ${index + 1} ${(odd(line) ?? NO_NUMBER)(clipped(line))}.`)
  }
  const found = lines.slice(header).map(Number)
  const says = `The file has ${thousands(found.length)} prediction${found.length === 1 ? "" : "s"}`
  check(found.length !== COUNT + 1 || lines[0] !== "0", `${says}: line 1, “0”, is probably the `
    + "header that pandas writes; delete it, or write with header=False.")
  const below = header ? ` below a header, “${clipped(lines[0])}”` : ""
  check(found.length === COUNT, `${says}${below}; ${FORM}.`)
  return found
}

function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return "\0"
  }
}

/** A line without blanks and tabs around it, in one pass, however long it is. */
function stripped(line) {
  const blank = at => line[at] === " " || line[at] === "\t"
  let [from, to] = [0, line.length]
  while (from < to && blank(from)) from += 1
  while (from < to && blank(to - 1)) to -= 1
  return line.slice(from, to)
}

/** Wilson's 95 % interval of an accuracy, in percent. */
function interval(right, count) {
  const [share, middle] = [right / count, right / count + (Z * Z) / (2 * count)]
  const half = Z * Math.sqrt((share * (1 - share)) / count + (Z * Z) / (4 * count * count))
  const scale = 100 / (1 + (Z * Z) / count)
  return [scale * (middle - half), scale * (middle + half)]
}

/** Accuracy, interval, the bars, accuracy of each class, confusion, perhaps a hint. */
function grade(predictions) {
  const counts = confusionOf(predictions).map(row => row.map(found => found.length))
  const right = counts.reduce((sum, row, label) => sum + row[label], 0)
  const accuracy = (100 * right) / COUNT
  const [low, high] = interval(right, COUNT)
  const bars = Object.entries(thresholds).map(([name, least]) => {
    const needed = Math.ceil((least * COUNT) / 100 - 1e-6) // images
    return { name, least, reached: accuracy >= least, missing: needed - right }
  })
  bars.sort((a, b) => a.least - b.least)
  const bar = bars.findLast(({ reached }) => reached)?.name ?? "none"
  const each = counts.map((row, label) => (100 * row[label]) / PER_CLASS)
  const hint = accuracy < 20 ? GUESSED : ""
  return { predictions, right, accuracy, low, high, bars, bar, each, counts, hint }
}

function fixed(number, places) {
  return number.toFixed(places).replace(/^-(?=[0.]+$)/, "") // no minus before a zero
}

/** “+1.3”, “−0.4”, “0.0” */
function difference(number) {
  const text = fixed(Math.abs(number), 1)
  return text === "0.0" ? text : `${number < 0 ? "−" : "+"}${text}`
}

function barSays({ name, least, reached, missing }) {
  const more = `${thousands(missing)} more image${missing === 1 ? "" : "s"} to get right`
  return `${name}, ${fixed(least, 1)} %: ${reached ? "reached" : more}`
}

/** The report's sentences, for the page and for the file that is saved. */
function sentences({ right, accuracy, low, high, bar }) {
  return [
    `Test accuracy ${fixed(accuracy, 2)} %`,
    `95 % interval: ${fixed(low, 2)} to ${fixed(high, 2)} %`,
    `${thousands(right)} of ${thousands(COUNT)} images right`,
    `Bar reached: ${bar}`,
  ]
}

/** Rows of the table of classes: name, your accuracy, the baseline's, the difference. */
function classRows({ each }) {
  return classes.map((name, label) => {
    const gap = difference(each[label] - baseline[label])
    return [name, fixed(each[label], 1), fixed(baseline[label], 1), gap]
  })
}

function classTable(result, who) {
  const bar = (kind, width) => element("span", { class: kind, style: `width: ${width}%` })
  const rows = classRows(result).map(([name, yours, ours, gap]) => {
    const cells = [yours, ours, gap].map(text => element("td", {}, text))
    const bars = [bar("grader-yours", yours), bar("grader-ours", ours)]
    const drawn = element("td", { "aria-hidden": "true" }, ...bars)
    return element("tr", {}, element("th", { scope: "row" }, name), ...cells, drawn)
  })
  const heads = ["Class", who, "Baseline", "Gain"].map(name => element("th", { scope: "col" }, name))
  const unseen = element("td", { "aria-hidden": "true" })
  const head = element("thead", {}, element("tr", {}, ...heads, unseen))
  const says = `Accuracy of each class in percent; the baseline’s was captured ${source}.`
  const parts = [element("caption", {}, says), head, element("tbody", {}, ...rows)]
  return element("table", { class: "grader-classes" }, ...parts)
}

/** The report as plain text, for a file of its own. */
function reportText(name, result) {
  const line = (cells, widths) =>
    cells.map((cell, n) => (n ? `${cell}`.padStart(widths) : `${cell}`.padEnd(12))).join("")
  return [
    `Fashion-MNIST Project: report on ${name}, ${new Date().toISOString().slice(0, 10)}`,
    "",
    ...sentences(result),
    ...(result.hint ? [result.hint] : []),
    ...result.bars.map(bar => `- ${barSays(bar)}`),
    "",
    `Accuracy of each class in percent; the baseline's was captured ${source}.`,
    line(["", "you", "baseline", "gain"], 10),
    ...classRows(result).map(row => line(row, 10)),
    "",
    "Confusion: each row is a true class, each column a predicted class, in the same order.",
    ...result.counts.map((row, label) => line([classes[label], ...row], 5)),
    "",
  ].join("\n")
}

function save(name, result) {
  download("fashion-mnist-report.txt", "text/plain", reportText(name, result))
}

/** Print the report alone: grader.css hides the rest of the page meanwhile. */
function printReport() {
  document.body.classList.add("grader-printing")
  addEventListener("afterprint", () => document.body.classList.remove("grader-printing"), { once: true })
  window.print()
}

function showReport(name, result) {
  const [accuracy, ...others] = sentences(result)
  const bars = result.bars.map(bar => element("li", { class: bar.reached ? "reached" : "missed" }, barSays(bar)))
  const matrix = element("div")
  const caption = `What ${name} takes the ${thousands(COUNT)} test images for. Each row is a `
    + "true class, each column a predicted class; each number shows its images."
  showConfusion(matrix, result.predictions, caption)
  const line = barLine(result, name === OURS ? OURS : "you")
  part("report").replaceChildren(
    element("h3", { id: "grader-title" }, `Report on ${name}`),
    element("p", { class: "grader-score" }, accuracy),
    element("p", {}, `${others.join(". ")}.`),
    ...(result.hint ? [element("p", { class: "grader-hint" }, result.hint)] : []),
    ...(line ? [element("figure", {}, line)] : []),
    element("ul", { class: "grader-bars", role: "list" }, ...bars),
    element("h4", {}, "Each class, and the baseline’s"),
    classTable(result, name === OURS ? "Graded" : "You"),
    element("h4", {}, "What was taken for what"),
    matrix,
    element("p", { class: "grader-tools" },
      button("Save the report", () => save(name, result)), " ", button("Print the report", printReport)),
  )
  part("report").hidden = false
}

/** Say it aloud; a refused file leaves the report of another where it is. */
function answerFile(sentence, refused) {
  const old = refused && graded ? ` The report below is still on ${graded}.` : ""
  part("answer").replaceChildren(element("span", {}, sentence), old)
  part("file").setAttribute("aria-invalid", `${refused}`)
}

/** A file's name in a few harmless characters. */
function nameOf(file) {
  return shortened(file.name.replace(INVISIBLE, "?"), LONGEST_FILE_NAME)
}

async function bytesOf(file) {
  check(file.size <= MOST_BYTES, `The file has more than a million bytes; ${FORM}.`)
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch {
    throw new Refused(`${nameOf(file)} could not be read; choose one file of predictions.`)
  }
}

function showGraded(name, result) {
  graded = name
  showReport(name, result)
  const [accuracy, , , bar] = sentences(result)
  const hint = result.hint && ` ${result.hint}`
  const says = name === OURS ? "Our baseline" : name
  answerFile(`${says} is graded. ${accuracy}. ${bar}.${hint} The report is below.`, false)
}

/** Grade what our baseline handed in, for a reader without a file; it is fetched only now. */
async function takeOurs() {
  const turn = ++turns
  const found = await import("./fashion-mnist/baseline.js").catch(() => null)
  if (turn !== turns) return
  const guess = (digit, number) => digit === "." ? testImages.labels[number] : +digit
  if (found) showGraded(OURS, grade([...found.default].map(guess)))
  else answerFile("The baseline’s predictions could not be loaded.", true)
}

/** Grade what was dropped or chosen; what is wrong with it is said in a sentence. */
async function takeFiles(files, folder = false) {
  const turn = ++turns
  try {
    check(files.length, "That was no file; choose one file of predictions.")
    check(files.length === 1, `These are ${files.length} files; choose one file of predictions.`)
    check(!folder, `${nameOf(files[0])} is a folder; choose one file of predictions.`)
    const result = grade(readPredictions(await bytesOf(files[0])))
    if (turn !== turns) return // another file has come meanwhile
    showGraded(nameOf(files[0]), result)
    if (result.bar !== "none")
      document.dispatchEvent(new CustomEvent("bar", { detail: { name: result.bar, accuracy: result.accuracy } }))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (turn === turns) answerFile(error.message, true)
  }
}

const graderBox = document.getElementById("grader")
if (graderBox) {
  graderBox.replaceChildren(document.getElementById("grader-form").content)
  const zone = part("drop")
  part("ours").addEventListener("click", takeOurs)
  part("file").addEventListener("change", ({ target }) => target.files.length && takeFiles([...target.files]))
  part("file").addEventListener("click", ({ target }) => (target.value = "")) // the same file again
  zone.addEventListener("dragover", () => zone.classList.add("over"))
  zone.addEventListener("dragleave", () => zone.classList.remove("over"))
  // A file that is dropped beside the zone would else be opened in place of this page
  addEventListener("dragover", event => {
    const { target, dataTransfer } = event
    if (!zone.contains(target) && !dataTransfer.types.includes("Files")) return
    event.preventDefault()
    if (!zone.contains(target)) dataTransfer.dropEffect = "none"
  })
  addEventListener("drop", event => {
    const { target, dataTransfer } = event
    zone.classList.remove("over")
    if (dataTransfer.types.includes("Files")) event.preventDefault()
    if (!zone.contains(target)) return
    event.preventDefault()
    part("file").files = dataTransfer.files // so that the field names it
    takeFiles([...dataTransfer.files], dataTransfer.items[0]?.webkitGetAsEntry?.()?.isDirectory)
  })
}
