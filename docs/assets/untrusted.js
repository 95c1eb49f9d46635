// What a reader pastes into a page or drops on it: refused in a sentence, or shown as text.

export const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu // control characters and their kind

/** Says in a sentence what is wrong with what the reader gave. */
export class Refused extends Error {}

/** Throws Refused with the sentence where something does not hold. */
export function check(holds, sentence) {
  if (!holds) throw new Refused(sentence)
}

/** A text of so many characters at most; an ellipsis stands for the rest. */
export function shortened(text, most) {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`
}
