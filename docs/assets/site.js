// The site's only script that is no module: from the disk (file://) browsers load none, and a
// page opened there keeps its menu, its switch of colours and its copy buttons. It runs after
// the theme's own script, which makes copy buttons and wraps tables:
document.addEventListener("DOMContentLoaded", () => {
  const make = (tag, parts) => Object.assign(document.createElement(tag), parts)
  // The theme's menu is check boxes, opened and closed by labels: for the keyboard, the icon in each is a button
  const drawer = document.getElementById("__drawer")
  const press = box => {
    box.click()
    const [opener, title] = [...box.labels].filter(label => !label.matches(".md-overlay")) // in the order of the page
    const goal = box.checked ? title : opener // on a desk the title is hidden, and the focus stays
    goal.querySelector("a, button").focus()
  }
  for (const icon of document.querySelectorAll("label[for=__drawer] > svg, label > .md-nav__icon")) {
    const { control } = icon.parentElement
    const ariaLabel = control === drawer ? "Menu" : [...control.labels].at(-1).textContent.trim()
    const button = make("button", { type: "button", ariaLabel, ariaExpanded: control.checked, onclick: () => press(control) })
    control.addEventListener("change", () => (button.ariaExpanded = control.checked))
    icon.parentElement.removeAttribute("tabindex")
    icon.replaceWith(button)
    if (control === drawer) button.append(icon)
    else button.className = icon.className
  }
  addEventListener("keydown", ({ key }) => key === "Escape" && drawer.checked && press(drawer))
  // The theme turns pages by these letters: next to cards answered with digits, a slip would leave the page
  addEventListener("keydown", event => "np,.".includes(event.key) && event.stopPropagation(), true)
  // Light or dark as the system says, until the reader says otherwise. (The theme's own way
  // styles the whole page anew twice at each load.)
  const options = [...document.querySelectorAll(".md-option")]
  const system = matchMedia("(prefers-color-scheme: dark)")
  const paint = index => {
    const { mdColorScheme } = options[index].dataset
    options[index].checked = true
    options.forEach((option, n) => (option.nextElementSibling.hidden = n !== index))
    if (document.body.dataset.mdColorScheme !== mdColorScheme) document.body.dataset.mdColorScheme = mdColorScheme
  }
  const follow = () => paint(__md_get("__palette")?.index ?? Number(system.matches))
  for (const [index, { dataset }] of options.entries())
    options[index].addEventListener("change", () => {
      __md_set("__palette", { index, color: { media: dataset.mdColorMedia, scheme: dataset.mdColorScheme } })
      paint(index)
    })
  system.addEventListener("change", follow)
  follow()
  // A button copies what a block of code says; the theme listens to it
  const code = [...document.querySelectorAll(".md-typeset pre code")]
  for (const [number, block] of code.entries()) {
    if (block.closest(".language-text")) continue
    block.id = `code-${number}`
    const button = make("button", { className: "md-code__button", type: "button", title: "Copy to clipboard" })
    Object.assign(button.dataset, { clipboardTarget: `#${block.id}`, mdType: "copy" })
    const box = make("div", { className: "md-code__nav" })
    box.append(button)
    block.closest("pre").prepend(box)
  }
  // A page from the disk says that its tools need JavaScript, which is half of it
  if (location.protocol === "file:")
    for (const needs of document.querySelectorAll("#explorer-needs, #confusion > p, #grader > p"))
      needs.append(" A browser does not load it from a disk, so open this page from a web server.")
  // The bar names the section that one is in
  const sections = [...document.querySelectorAll(".lesson-head[data-number] ~ h2")]
  const topic = document.querySelector(".md-header__topic:last-child .md-ellipsis"), name = topic.textContent
  const watcher = new IntersectionObserver(() => {
    const passed = sections.filter(section => section.getBoundingClientRect().top < innerHeight / 4)
    const title = passed.at(-1)?.textContent.replace(/#$/, "").trim()
    topic.textContent = title ? `§ ${passed.length} ${title}` : name
  }, { rootMargin: "0px 0px -75% 0px" })
  for (const section of sections) watcher.observe(section)
  // What scrolls sideways can be scrolled with the keyboard
  const sizes = new ResizeObserver(entries => {
    for (const { target } of entries)
      if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0")
      else target.removeAttribute("tabindex")
  })
  const tables = [...document.querySelectorAll(".md-typeset__scrollwrap")]
  for (const table of tables) Object.assign(table, { role: "group", ariaLabel: "Table" })
  for (const box of [...code, ...tables]) sizes.observe(box)
})
