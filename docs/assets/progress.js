// What the reader has done so far: one entry of localStorage, in this browser, nowhere else.

import { button, download, element } from "./dom.js"

const ENTRY = `${__md_scope.pathname}progress`
const NAME = /^[a-z][\w-]{0,60}$/
const ID = /^[0-9a-f]{6}$/
const FILE = "practical-patterns-progress.json"
const head = document.querySelector("[data-lesson].lesson-head")
const page = head?.dataset.lesson
const shown = document.getElementById("progress")

/** One lesson's part of what was kept or is imported, with nothing else in it. */
function lessonOf(found) {
  const names = Array.isArray(found?.answered) ? found.answered.filter(name => NAME.test(name)) : []
  const first = Object.entries(found?.first ?? {}).filter(([name, guess]) => NAME.test(name) && ID.test(guess?.answer))
  const { name, accuracy } = found?.bar ?? {}
  const bar = NAME.test(name) && Number.isFinite(accuracy) ? { name, accuracy } : null
  return {
    answered: [...new Set(names)],
    first: Object.fromEntries(first.map(([name, { answer, right }]) => [name, { answer, right: right === true }])),
    of: Number.isInteger(found?.of) ? found.of : 0,
    read: found?.read === true,
    bar,
  }
}

/** Only what this page could have written itself; null for anything else. */
function understood(data) {
  if (data?.version !== 1 || typeof data.lessons !== "object" || !data.lessons) return null
  const known = Object.entries(data.lessons).filter(([slug]) => NAME.test(slug))
  return { version: 1, lessons: Object.fromEntries(known.map(([slug, found]) => [slug, lessonOf(found)])) }
}

function parsed(text) {
  try {
    return understood(JSON.parse(text))
  } catch {
    return null
  }
}

function recall() {
  return parsed(localStorage.getItem(ENTRY)) ?? { version: 1, lessons: {} }
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
  keep(progress)
  showHere(progress.lessons)
}

/** The answer that the reader gave first to a question of this page, if any. */
export function firstGuess(key) {
  return recall().lessons[page]?.first[key]
}

/** Keep an answer to a question of this page, if it is the first. */
export function noteGuess(key, answer, right) {
  if (!page) return
  note(lesson => {
    if (!lesson.answered.includes(key)) lesson.answered.push(key)
    lesson.first[key] ??= { answer, right }
    lesson.of = document.querySelectorAll(".predict").length
  })
}

/** How many of a lesson's questions were answered, and how many at once as the run. */
function counted({ answered, first }, predictions) {
  const right = Object.values(first).filter(guess => guess.right).length
  return [Math.min(answered.length, predictions), Math.min(right, predictions)]
}

/** In a lesson's head, its count and the way to the next open question; in the menu, all counts. */
function showHere(lessons) {
  const line = head?.querySelector(".lesson-progress")
  const here = lessons[page]
  if (line && here?.answered.length) {
    const [count, right] = counted(here, Number(line.dataset.predictions))
    line.textContent = `${count} of ${line.dataset.predictions} predictions answered, ${right} as the run. `
    const open = [...document.querySelectorAll(".predict")].find(({ id }) => !here.answered.includes(id))
    if (open) line.append(element("a", { href: `#${open.id}` }, "Next open question"))
  }
  for (const link of document.querySelectorAll(".md-nav--primary a.md-nav__link[href]")) {
    const lesson = lessons[new URL(link.href).pathname.split("/").at(-2)]
    if (!lesson?.of || link.hash) continue
    const [count] = counted(lesson, lesson.of)
    link.querySelector(".menu-progress")?.remove()
    link.append(element("span", { class: "menu-progress" }, `${count}/${lesson.of}`))
  }
}

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

/** “3 of 8 predictions answered, 2 as the run, read to the end, bar reached: good” */
function sentence(lesson, predictions) {
  const [count, right] = counted(lesson, predictions)
  if (!count && !lesson.read && !lesson.bar) return `${predictions} predictions`
  const parts = [`${count} of ${predictions} predictions answered`]
  if (count) parts.push(`${right} as the run`)
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
}

function exported() {
  download(FILE, "application/json", JSON.stringify(recall(), null, 1))
  says(`Saved as ${FILE}.`)
}

/** Take the place of what is kept here, if it is a file of this site's. */
async function imported(file) {
  const found = parsed(await file.text())
  if (!found) return says(`${file.name} holds no progress of this site, and nothing was changed: choose a file that Export has saved.`)
  keep(found)
  show()
  says(`Taken from ${file.name}, in place of what was kept here.`)
}

/** A button that asks for a file. */
function importButton() {
  const chosen = element("input", { type: "file", accept: ".json,application/json" })
  chosen.addEventListener("change", () => {
    if (chosen.files.length) imported(chosen.files[0])
    chosen.value = ""
  })
  return button("Import", () => chosen.click())
}

/** Asks by another press of the same button: there is no way back. */
function erased({ target }) {
  if (target.dataset.sure) {
    localStorage.removeItem(ENTRY)
    show()
    says("Erased: this browser now remembers nothing of you.")
  } else says("This cannot be undone. Press “Erase for good” to go on.")
  target.textContent = target.dataset.sure ? "Erase" : "Erase for good"
  target.dataset.sure = target.dataset.sure ? "" : "yes"
}

if (shown) {
  if (keep(recall())) {
    says("Kept in this browser alone: nothing is sent. A lesson counts as read when its last section was on the screen.")
    document.getElementById("progress-buttons").append(button("Export", exported), importButton(), button("Erase", erased))
  } else says("This browser does not let the page remember anything. The lessons work all the same.")
  show()
  addEventListener("pageshow", show) // also when the reader comes back to this page
}
