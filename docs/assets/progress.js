// What the reader has done so far: one entry of localStorage, in this browser, nowhere else.

import { button, download, element } from "./dom.js"

const ENTRY = `${__md_scope.pathname}progress`
const NAME = /^[a-z][\w-]{0,60}$/
const ID = /^[0-9a-f]{6}$/
const FILE = "practical-patterns-progress.json"
const MOST_IMPORTED = 1_000_000 // of a file to import
const own = [...document.querySelectorAll(".predict")].map(({ id }) => id)
const head = document.querySelector("[data-lesson].lesson-head")
const page = head?.dataset.lesson
const shown = document.getElementById("progress")
let unkept = null // all that is known while the page is open, where the browser keeps no more

/** One lesson's part of what was kept or is imported, with nothing else in it. */
function lessonOf(found) {
  const matches = (form, text) => typeof text === "string" && form.test(text)
  const names = Array.isArray(found?.answered) ? found.answered.filter(name => matches(NAME, name)) : []
  const guesses = Object.entries(found?.first ?? {})
  const first = guesses.filter(([name, guess]) => matches(NAME, name) && matches(ID, guess?.answer))
  const { name, accuracy } = found?.bar ?? {}
  const bar = matches(NAME, name) && Number.isFinite(accuracy) ? { name, accuracy } : null
  return {
    answered: [...new Set(names)],
    first: Object.fromEntries(first.map(([name, { answer, right }]) => [name, { answer, right: right === true }])),
    of: Number.isInteger(found?.of) && found.of > 0 && found.of < 1000 ? found.of : 0,
    read: found?.read === true,
    bar,
  }
}

/** Only what this page could have written itself; null for anything else. */
function understood(data) {
  if (data?.version !== 1 || typeof data.lessons !== "object" || !data.lessons || Array.isArray(data.lessons)) return null
  const known = Object.entries(data.lessons).filter(([slug]) => NAME.test(slug))
  return { version: 1, lessons: Object.fromEntries(known.map(([slug, found]) => [slug, lessonOf(found)])) }
}

function parsed(text) {
  try {
    return understood(JSON.parse(text))
  } catch { return null }
}

function recall() {
  return unkept ?? parsed(localStorage.getItem(ENTRY)) ?? { version: 1, lessons: {} }
}

/** Does the browser let us remember? */
function keep(progress) {
  try {
    localStorage.setItem(ENTRY, JSON.stringify(progress))
    return !localStorage.forgets
  } catch {
    return false
  }
}

/** Change what is known of the lesson that this page is. */
function note(change) {
  const progress = recall()
  const lesson = (progress.lessons[page] ??= lessonOf())
  change(lesson)
  unkept = keep(progress) ? null : progress
  showHere(progress.lessons)
}

/** The answer that the reader gave first to a question of this page, if any. */
export function firstGuess(key) {
  return recall().lessons[page]?.first[key]
}

/** Keep an answer to a question of this page; the first stays, if there is one still. */
export function noteGuess(key, answer, right, isThere) {
  if (!page) return
  note(lesson => {
    if (!lesson.answered.includes(key)) lesson.answered.push(key)
    if (!isThere) lesson.first[key] = { answer, right }
    lesson.of = own.length
  })
}

/** “3 of 8 predictions answered, 2 as the run”: the second only where first answers are known. */
function counted({ answered, first }, predictions, isOurs = () => true) {
  const count = Math.min(answered.filter(isOurs).length, predictions)
  const guesses = Object.entries(first).filter(([name]) => isOurs(name))
  const right = Math.min(guesses.filter(([, guess]) => guess.right).length, count)
  return `${count} of ${predictions} predictions answered${guesses.length ? `, ${right} as the run` : ""}`
}

/** In a lesson's head, its count and the way to the next open question; in the menu, all counts. */
function showHere(lessons) {
  const line = head?.querySelector(".lesson-progress")
  const answered = lessons[page]?.answered.filter(name => own.includes(name)) ?? []
  if (line) line.textContent = untouched
  if (line && answered.length) {
    line.textContent = `${counted(lessons[page], own.length, name => own.includes(name))}. `
    const open = own.find(id => !answered.includes(id))
    if (open) line.append(element("a", { href: `#${open}` }, "Next open question"))
    if (unkept) line.append(`${open ? ". " : ""}This browser will not remember it.`)
  }
  for (const link of document.querySelectorAll(".md-nav--primary a.md-nav__link[href]")) {
    link.querySelector(".menu-progress")?.remove()
    const lesson = lessons[new URL(link.href).pathname.split("/").at(-2)]
    if (!lesson?.of || link.hash) continue
    link.append(element("span", { class: "menu-progress" }, `${Math.min(lesson.answered.length, lesson.of)}/${lesson.of}`))
  }
}
const untouched = head?.querySelector(".lesson-progress")?.textContent

if (page) {
  document.addEventListener("bar", ({ detail: { name, accuracy } }) =>
    note(lesson => {
      if (accuracy > (lesson.bar?.accuracy ?? -1)) lesson.bar = { name, accuracy }
    }))
  // Read: the last heading has been on the screen
  const last = [...document.querySelectorAll(".md-content h2")].at(-1)
  new IntersectionObserver((entries, observer) => {
    if (!entries.some(entry => entry.isIntersecting)) return
    observer.disconnect()
    note(lesson => (lesson.read = true))
  }).observe(last)
}
showHere(recall().lessons)
addEventListener("pageshow", ({ persisted }) => persisted && showHere(recall().lessons))

/** “3 of 8 predictions answered, 2 as the run, read to the end, bar reached: good” */
function sentence(lesson, predictions) {
  if (!lesson.answered.length && !lesson.read && !lesson.bar) return `${predictions} predictions`
  const parts = [counted(lesson, predictions)]
  if (lesson.read) parts.push("read to the end")
  if (lesson.bar) parts.push(`bar reached: ${lesson.bar.name}`)
  return parts.join(", ")
}

function says(text) {
  document.getElementById("progress-says").textContent = text
}

function show() {
  const { lessons } = recall()
  for (const row of document.querySelectorAll(".front-progress")) {
    const { lesson, predictions } = row.dataset
    row.textContent = sentence(lessons[lesson] ?? lessonOf(), Number(predictions))
  }
  showHere(lessons)
}

function exported() {
  download(FILE, "application/json", JSON.stringify(recall(), null, 1))
  says(`Saved as ${FILE}.`)
}

/** Take the place of what is kept here, if it is a file of this site's. */
async function imported(file) {
  const unchanged = `${file.name.slice(0, 80)} holds no progress of this site, and nothing was changed: choose a file that Export has saved.`
  const text = file.size <= MOST_IMPORTED ? await file.text().catch(() => "") : ""
  const found = parsed(text)
  const isOurs = slug => document.querySelector(`.front-progress[data-lesson="${slug}"]`)
  if (!Object.keys(found?.lessons ?? {}).some(isOurs)) return says(unchanged)
  if (!keep(found)) return says("This browser keeps no more, and nothing was changed: erase what is kept here first.")
  show()
  says(`Taken from ${file.name.slice(0, 80)}, in place of what was kept here.`)
}

function importButton() {
  const chosen = element("input", { type: "file", accept: ".json,application/json" })
  chosen.addEventListener("change", () => {
    if (chosen.files.length) imported(chosen.files[0])
    chosen.value = ""
  })
  return button("Import", () => chosen.click())
}

/** Asks by another press of the same button: there is no way back. */
function erased({ target, detail }) {
  if (detail > 1) return // a double click is one press
  if (target.dataset.sure) localStorage.removeItem(ENTRY)
  show()
  says(target.dataset.sure ? "Erased: this browser now remembers nothing of you." : "This cannot be undone. Press “Erase for good” to go on.")
  target.textContent = target.dataset.sure ? "Erase" : "Erase for good"
  target.dataset.sure = target.dataset.sure ? "" : "yes"
}

if (shown) {
  if (keep(recall())) {
    says("Kept in this browser alone: nothing is sent. A lesson counts as read once you have scrolled to its last section.")
    const row = document.getElementById("progress-buttons")
    row.append(button("Export", exported), importButton(), button("Erase", erased))
    row.addEventListener("keydown", event => event.repeat && event.key === "Enter" && event.preventDefault()) // held down, it is one press
  } else says("This browser does not let the page remember anything. The lessons work all the same.")
  show()
  addEventListener("pageshow", show) // also when the reader comes back to this page
}
