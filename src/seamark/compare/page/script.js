const field = document.getElementById("find");
field.closest(".find").hidden = false;
field.addEventListener("input", () => {
  const wanted = field.value.trim().toLowerCase();
  for (const item of document.querySelectorAll("[data-name]")) {
    item.hidden = !item.dataset.name.includes(wanted);
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = wanted !== "" && !section.querySelector("[data-name]:not([hidden])");
  }
});
