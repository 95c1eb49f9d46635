// After an answer, show the result. Without this file every answer and every result is
// a disclosure that the reader opens by hand; nothing is hidden, nothing is stored.

/** The closed result that belongs to a prediction: before the next prediction. */
function resultOf(prediction) {
  let next = prediction.nextElementSibling
  while (next && !next.matches(".predict")) {
    if (next.matches("details.captured")) return next
    next = next.nextElementSibling
  }
  return null
}

for (const prediction of document.querySelectorAll(".predict")) {
  const result = resultOf(prediction)
  if (!result) continue
  // A live region has to exist before its text changes, or nobody hears it.
  const status = document.createElement("p")
  status.className = "predict-status"
  status.setAttribute("role", "status")
  prediction.append(status)
  for (const answer of prediction.querySelectorAll("details.answer"))
    answer.addEventListener("toggle", () => {
      if (!answer.open || result.open) return
      result.open = true
      status.textContent = "The captured result is now shown below."
    })
}
