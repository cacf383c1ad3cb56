// The preview of a message in the app: shows it, and again when it was closed.
(() => {
  "use strict";
  const message = JSON.parse(document.getElementById("message").textContent);
  const show = () => window.mainstay.preview(message);
  for (const over of ["dismissed", "clicked"]) {
    document.addEventListener(`mainstay:${over}`, (event) => {
      event.preventDefault();
      setTimeout(show, 900);
    });
  }
  show();
})();
