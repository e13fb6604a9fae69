// What furo leaves out for people who read by keyboard or by ear.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "Site");
  document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
  const icons = document.querySelector(".content-icon-container");
  icons?.setAttribute("role", "navigation");
  icons?.setAttribute("aria-label", "This page");
  for (const block of document.querySelectorAll("div.highlight pre, .table-wrapper")) {
    block.tabIndex = 0; // it may scroll sideways
  }
});
