// After the theme's own script, which makes copy buttons and wraps tables
document.addEventListener("DOMContentLoaded", () => {
  // The menu opens by keyboard, and focus goes into it
  const drawer = document.getElementById("__drawer")
  const label = document.querySelector("label.md-header__button[for=__drawer]")
  const menu = document.createElement("button")
  menu.type = "button"
  menu.setAttribute("aria-label", "Menu")
  menu.append(...label.childNodes)
  menu.addEventListener("click", () => {
    drawer.click()
    if (drawer.checked) document.querySelector(".md-sidebar--primary a").focus()
  })
  label.append(menu)
  // A copy button alone is no navigation
  for (const nav of document.querySelectorAll(".md-code__nav")) nav.setAttribute("role", "none")
  // A table that scrolls sideways can be scrolled with the keyboard
  const sizes = new ResizeObserver(entries => {
    for (const { target } of entries)
      if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0")
      else target.removeAttribute("tabindex")
  })
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) {
    box.setAttribute("role", "group")
    box.setAttribute("aria-label", "Table")
    sizes.observe(box)
  }
})
