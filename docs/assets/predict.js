// After an answer, show the result. Without this file every answer and every result is
// a disclosure that the reader opens by hand; nothing is hidden, nothing is stored.

import { element } from "./dom.js"

/** The first result after a prediction, beside it. */
function resultOf(prediction) {
  let next = prediction.nextElementSibling
  while (next && !next.matches("details.captured")) next = next.nextElementSibling
  return next
}

/** Predictions by their result: questions in a row may share one. */
const asked = new Map()
for (const prediction of document.querySelectorAll(".predict")) {
  const result = resultOf(prediction)
  if (result) asked.set(result, [...(asked.get(result) ?? []), prediction])
}

for (const [result, predictions] of asked)
  for (const prediction of predictions) {
    // A live region has to exist before its text changes, or nobody hears it
    const status = element("p", { class: "predict-status", role: "status" })
    prediction.append(status)
    const answered = event => {
      if (!event.target.open || result.open) return
      prediction.dataset.answered = ""
      const open = predictions.every(other => "answered" in other.dataset)
      result.open = open
      status.textContent = open
        ? "The captured result is now shown below."
        : "The result opens when its other question has an answer too."
    }
    for (const answer of prediction.querySelectorAll("details.answer"))
      answer.addEventListener("toggle", answered)
  }
