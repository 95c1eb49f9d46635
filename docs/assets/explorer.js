// The explorer: the recorded times of one training step as a map of all cells, each cell
// in words and bars, and the reader's own machine beside them. A paste is checked, and
// only ever shown as text.

import { element } from "./dom.js"
import { INVISIBLE, Refused, check, shortened } from "./untrusted.js"

const LONGEST_PASTE = 10_000, LONGEST_NAME = 80, SHORTEST_MS = 1e-3, LONGEST_MS = 1e7
const KEYS = ["practical_patterns", "version", "machine", "device", "threads", "torch", "ms"]
const STRONGEST = 40, ARROWS = { ArrowUp: -1, ArrowDown: 1 }
const EXPECTED = "Expected is the one line that the last block of the notebook prints."
// What was recorded, the first machine in all cells; ms is a median of some steps
const { machines } = JSON.parse(document.getElementById("explorer-data").textContent)
const cells = machines[0].times
let mine = null // the reader's machine
const field = name => document.getElementById(`explorer-${name}`)

/** A value from a paste in a few harmless words. */
function named(value) {
  if (value === undefined) return "missing"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object" && value !== null) return "an object"
  const text = typeof value === "string" ? `“${value.slice(0, 40)}”` : `${value}`
  return text.replace(INVISIBLE, "?")
}

/** The machine that a pasted line describes. Throws Refused, which says what is wrong. */
function readMachine(text) {
  const line = readJson(text.trim())
  const isObject = typeof line === "object" && line !== null && !Array.isArray(line)
  check(isObject, `The paste is ${named(line)}, not one object in braces. ${EXPECTED}`)
  const own = new Map(Object.entries(line)) // nothing inherited, whatever the keys say
  const is = key => `“${key}” is ${named(own.get(key))}`
  const ours = own.get("practical_patterns") === "crossover"
  check(ours, `This is from another program: ${is("practical_patterns")}. ${EXPECTED}`)
  const version = own.get("version") === 1
  check(version, `${is("version")}; this page reads version 1. Use the notebook of this page.`)
  for (const key of KEYS) check(own.has(key), `${is(key)}. ${EXPECTED}`)
  for (const key of own.keys())
    check(KEYS.includes(key), `${named(key)} is no part of the line. ${EXPECTED}`)

  const [device, threads, torch] = [own.get("device"), own.get("threads"), own.get("torch")]
  check(["cpu", "cuda"].includes(device), `${is("device")}; expected “cpu” or “cuda”.`)
  const whole = Number.isInteger(threads) && threads > 0 && threads < 10_000
  check(whole, `${is("threads")}; expected a whole number from 1 to 9999.`)
  const release = typeof torch === "string" && /^\d[\w.+-]{0,39}$/.test(torch)
  check(release, `${is("torch")}; expected a version such as “2.15.0”.`)
  const about = [readName(own.get("machine")), `torch ${torch}`, "pasted by you"]
  if (device === "cpu") about.splice(1, 0, `${threads} thread${threads > 1 ? "s" : ""}`)
  const label = device === "cuda" ? "your GPU" : "your CPU"
  return { label, about: about.join(", "), times: readTimes(own.get("ms")), mine: true }
}

/** What a paste holds; mended where a terminal, Word or a second paste has changed it. */
function readJson(text) {
  check(text, `Nothing has been pasted. ${EXPECTED}`)
  const fits = text.length <= LONGEST_PASTE
  check(fits, `The paste has more than ${LONGEST_PASTE} characters. ${EXPECTED}`)
  const straight = text.replace(/[“”„‟″]/g, '"').replace(/\u00a0/g, " ")
  const joined = [/[\r\n]+/g, /\s*[\r\n]+\s*/g].map(ends => straight.replace(ends, ""))
  for (const line of [() => text, ...joined.map(line => () => onlyObject(line))]) {
    try {
      return JSON.parse(line())
    } catch (error) {
      if (error instanceof Refused) throw error
    }
  }
  throw new Refused(`The paste is not JSON: ${fault(joined[0])}. ${EXPECTED}`)
}

/** The object in braces of a text, without what stands around it; twice the same is one. */
function onlyObject(text) {
  const found = new Set()
  let [depth, start] = [0, 0]
  for (const { 0: token, index } of text.matchAll(/"(\\.|[^"\\])*"|[{}]/g)) {
    if (token === "{" && depth++ === 0) start = index
    if (token === "}" && depth > 0 && --depth === 0) found.add(text.slice(start, index + 1))
  }
  check(found.size < 2, `The paste holds ${found.size} lines that differ. ${EXPECTED}`)
  return [...found][0] ?? text.slice(start)
}

/** Why a text is not JSON: the first character that has no place in it, if there is one. */
function fault(text) {
  if (!text.includes("{")) return "it starts without {"
  text = onlyObject(text)
  const good = /^(\s|"(\\.|[^"\\])*"|-?\d+(\.\d+)?([eE][+-]?\d+)?|[{}[\]:,]|true|false|null)*/
  const before = good.exec(text)[0]
  const rest = text.slice(before.length)
  const nan = /^-?(NaN|Infinity)\b/.exec(rest)?.[1]
  check(!nan, `The paste holds ${nan}, which is no time; expected plain numbers.`)
  const [odd] = rest
  if (!rest || odd === '"') return "it is cut off or changed"
  const code = odd.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")
  const where = [...before].slice(-12).join("")
  return `${named(odd)} (U+${code}) has no place in it, after ${named(where)}`
}

function readName(name) {
  const text = typeof name === "string" && name.trim() !== ""
  check(text, `“machine” is ${named(name)}; expected the name of a machine in quotes.`)
  const plain = name.search(INVISIBLE) < 0
  check(plain, "“machine” holds invisible or control characters; expected a plain name.")
  return shortened(name.trim(), LONGEST_NAME)
}

function readTimes(rows) {
  check(Array.isArray(rows), `“ms” is ${named(rows)}; expected a list of times.`)
  const times = []
  for (const [index, row] of rows.entries()) {
    const where = `Row ${index + 1} of “ms”`
    const three = Array.isArray(row) && row.length === 3
    check(three, `${where} is ${named(row)}; expected [width, batch, milliseconds].`)
    const [width, batch, ms] = row
    const cell = `width ${named(width)}, batch ${named(batch)}`
    check(timeOf(cells, width, batch), `${where} is for ${cell}, which is no choice here.`)
    check(!timeOf(times, width, batch), `${where} repeats ${cell}; expected each once.`)
    const time = typeof ms === "number" && ms >= SHORTEST_MS && ms < LONGEST_MS
    const expected = `a number from ${SHORTEST_MS} and below ${LONGEST_MS.toLocaleString("en")}`
    check(time, `${where}, ${cell}: the time is ${named(ms)}; expected ${expected}.`)
    times.push({ width, batch, ms, spread: 0, steps: 0 })
  }
  for (const { width, batch } of cells)
    check(timeOf(times, width, batch), `“ms” has no time for width ${width}, batch ${batch}.`)
  return times
}

function timeOf(times, width, batch) {
  return times.find(time => time.width === width && time.batch === batch)
}

/** A number with as many decimals as give `like` three digits. */
function digits(number, like = number) {
  const places = Math.max(0, 2 - Math.floor(Math.log10(like)))
  if (places > 6 || number >= 1e9) return number.toPrecision(3)
  const options = { minimumFractionDigits: places, maximumFractionDigits: places }
  return number.toLocaleString("en", options)
}

/** Who is fastest, and how much longer the others take; of one machine, its time. */
function comparison(shown) {
  const slowest = Math.max(...cells.map(({ ms }) => ms))
  const alone = `${digits(shown[0].ms)} ms on ${shown[0].label}`
  if (shown.length < 2 && shown[0].ms === slowest) return `${alone}, its slowest choice.`
  if (shown.length < 2) return `${alone}; its slowest choice takes ${digits(slowest)} ms.`
  const [best, second, ...others] = [...shown].sort((a, b) => a.ms - b.ms)
  const longer = ({ label, ms }) => `${label} takes ${digits(ms / best.ms)} times as long`
  const close = second.ms - best.ms <= best.spread + second.spread
  const verdict = close
    ? `too close to call: ${best.label} and ${second.label} differ by no more than their spreads`
    : `${best.label} is fastest; ${longer(second)}`
  return `${[verdict, ...others.map(longer)].join("; ")}.`
}

/** A machine, its time in words, and the same as a bar for those who see it. */
function row({ label, about, ms, spread, steps, mine }, longest) {
  const bar = element("span", { class: "explorer-bar", "aria-hidden": "true" })
  const stripe = (kind, from, to) => {
    const [left, width] = [(100 * from) / longest, (100 * (to - from)) / longest]
    bar.append(element("span", { class: kind, style: `left: ${left}%; width: ${width}%` }))
  }
  stripe("explorer-fill", 0, ms)
  if (spread > longest / 200) stripe("explorer-spread", Math.max(0, ms - spread), ms + spread)
  const name = element("span", { class: "explorer-name" }, label[0].toUpperCase() + label.slice(1))
  const spreads = steps ? ` ± ${digits(spread, ms)}` : ""
  const time = element("span", { class: "explorer-time" }, `${digits(ms)}${spreads} ms`)
  const note = element("span", { class: "explorer-about" }, about)
  if (steps) note.append(`; median of ${steps} steps`)
  const kind = mine ? { class: "explorer-mine" } : {}
  return element("li", kind, name, " ", time, " ", bar, " ", note)
}

/** What the map compares: a CPU and what may be faster; or one machine alone. */
function compared() {
  const all = mine ? [...machines, mine] : machines
  return all.length < 2 ? all : [machines.at(-1), mine ?? machines[1]]
}

/** The number of a cell in the map: how many times as long, or of one machine its ms. */
function mapped({ width, batch }, [first, second]) {
  const time = ({ times }) => timeOf(times, width, batch)?.ms // none: too little memory
  return second ? time(first) / time(second) : time(first)
}

/** All cells at once: the number of each, the deeper in colour the further from 1. */
function drawMap() {
  const pair = compared()
  const numbers = cells.map(cell => mapped(cell, pair))
  const zero = pair.length > 1 ? 0 : Math.log(Math.min(...numbers))
  const depths = numbers.map(number => Math.log(number) - zero || 0) // of its logarithm
  const deepest = Math.max(...depths.map(Math.abs)) || 1
  for (const [index, radio] of radios.entries()) {
    const [number, depth, { width, batch }] = [numbers[index], depths[index], cells[index]]
    const isThere = !Number.isNaN(number)
    const says = isThere ? `${digits(number)} ${pair.length > 1 ? "times" : "ms"}` : "not recorded"
    radio.setAttribute("aria-label", `Width ${width}, batch ${batch}: ${says}`)
    radio.nextSibling.textContent = isThere ? digits(number) : "–"
    const label = radio.parentElement
    label.style.setProperty("--depth", `${STRONGEST * Math.sqrt(Math.abs(depth) / deepest)}%`)
    label.classList.toggle("explorer-slower", depth < 0)
  }
  const [first, second] = pair.map(machine => machine.label)
  field("key").textContent = second
    ? `The time of ${first}, divided by that of ${second}. Below 1, ${second} is the slower one.`
    : `Milliseconds a step on ${first}.`
}

/** A cell in words and bars. */
function drawCell({ width, batch }) {
  const all = [...machines, mine].filter(Boolean)
  const shown = all
    .map(one => ({ ...one, ...timeOf(one.times, width, batch) }))
    .filter(one => one.ms)
  const compared = shown.length > 1 ? shown : cells // one alone with its other times
  const longest = Math.max(...compared.map(({ ms, spread }) => ms + spread))
  field("bars").replaceChildren(...shown.map(machine => row(machine, longest)))
  field("says").textContent = `Width ${width}, batch ${batch}: ${comparison(shown)}`
}

function draw() {
  drawMap()
  drawCell(chosen())
  field("remove").hidden = !mine
}

/** The cell that is chosen in the map. */
function chosen() {
  return cells[radios.findIndex(radio => radio.checked)]
}

/** The map's choices, a radio button a cell, under the batches and beside the widths. */
function makeMap(map) {
  const batches = [...new Set(cells.map(cell => cell.batch))]
  const head = text => element("span", { "aria-hidden": "true" }, text)
  map.style.setProperty("--columns", batches.length)
  map.append(head("batch"), ...batches.map(batch => head(`${batch}`)))
  return cells.map(({ width, batch }) => {
    if (batch === batches[0]) map.append(head(`width ${width}`))
    const value = `${width},${batch}`
    const radio = element("input", { type: "radio", name: "cell", value, autocomplete: "off" })
    map.append(element("label", {}, radio, element("span")))
    return radio
  })
}

/** Up and down in the map; left and right are the browser's own. */
function step(event) {
  if (!ARROWS[event.key]) return
  event.preventDefault()
  const columns = cells.filter(cell => cell.width === cells[0].width).length
  const to = radios[radios.indexOf(event.target) + ARROWS[event.key] * columns]
  to?.focus()
  to?.click()
}

function answerPaste(sentence, refused = false) {
  field("answer").textContent = sentence
  field("line").setAttribute("aria-invalid", `${refused}`)
}

/** Draw the machine that was pasted, or say what is wrong and leave all as it is. */
function takePaste(event) {
  event.preventDefault()
  try {
    mine = readMachine(field("line").value)
    field("line").value = ""
    draw()
    answerPaste(`Drawn: ${mine.label}.`)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    answerPaste(error.message, true)
    field("line").focus()
  }
}

function remove() {
  field("line").focus() // before the button goes, and the focus with it
  mine = null
  draw()
  answerPaste("Your machine is removed.")
}

const form = document.getElementById("explorer-form").content.firstElementChild
const map = form.querySelector("#explorer-map")
const radios = makeMap(map)
radios.at(-1).checked = true // the largest, where machines differ most
field("needs").replaceWith(form)
form.parentElement.querySelector("details.captured").open = false
map.addEventListener("change", draw)
map.addEventListener("keydown", step)
map.addEventListener("pointerover", ({ target }) => {
  if (target.matches("input")) drawCell(cells[radios.indexOf(target)])
})
map.addEventListener("pointerleave", () => drawCell(chosen()))
form.addEventListener("submit", takePaste)
field("remove").addEventListener("click", remove)
draw()
