// What the reader has done so far: one entry of localStorage, in this browser, nowhere else.

import { button, download } from "./dom.js"

const ENTRY = `${__md_scope.pathname}progress`
const NAME = /^[a-z][\w-]{0,60}$/
const page = document.querySelector("[data-lesson].lesson-head")?.dataset.lesson
const shown = document.getElementById("progress")

/** One lesson's part of what was kept or is imported, with nothing else in it. */
function lessonOf(found) {
  const names = Array.isArray(found?.answered) ? found.answered.filter(name => NAME.test(name)) : []
  const { name, accuracy } = found?.bar ?? {}
  const bar = NAME.test(name) && Number.isFinite(accuracy) ? { name, accuracy } : null
  return { answered: [...new Set(names)], read: found?.read === true, bar }
}

/** Only what this page could have written itself; null for anything else. */
function understood(data) {
  if (data?.version !== 1 || typeof data.lessons !== "object" || !data.lessons) return null
  const known = Object.entries(data.lessons).filter(([slug]) => NAME.test(slug))
  return { version: 1, lessons: Object.fromEntries(known.map(([slug, found]) => [slug, lessonOf(found)])) }
}

function recall() {
  try {
    return understood(JSON.parse(localStorage.getItem(ENTRY))) ?? { version: 1, lessons: {} }
  } catch {
    return { version: 1, lessons: {} }
  }
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
}

if (page) {
  // Any answer that the reader opens: what was predicted is not kept, only that it was
  document.addEventListener("toggle", ({ target }) => {
    const key = target.open && target.matches(".answer") && target.closest(".predict")?.id
    if (key) note(lesson => lesson.answered.includes(key) || lesson.answered.push(key))
  }, true)
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

/** “3 of 8 predictions answered, read, bar reached: good” */
function sentence({ answered, read, bar }, predictions) {
  const count = Math.min(answered.length, predictions)
  const parts = [`${count} of ${predictions} predictions answered`, read ? "read to the end" : "not read to the end"]
  if (bar) parts.push(`bar reached: ${bar.name}`)
  return parts.join(", ")
}

function says(text) {
  document.getElementById("progress-says").textContent = text
}

function show() {
  const { lessons } = recall()
  for (const row of shown.querySelectorAll("[data-lesson]")) {
    const { lesson, predictions } = row.dataset
    row.querySelector("span").textContent = sentence(lessons[lesson] ?? lessonOf(), Number(predictions))
  }
}

function exported() {
  download("practical-patterns-progress.json", "application/json", JSON.stringify(recall(), null, 1))
  says("Saved as practical-patterns-progress.json.")
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
    document.getElementById("progress-buttons").append(button("Export", exported), button("Erase", erased))
  } else says("This browser does not let the page remember anything. The lessons work all the same.")
  show()
  addEventListener("pageshow", show) // also when the reader comes back to this page
}
