// Keys go to the terminal at once, without a click into it.
const focusing = setInterval(() => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys) {
    keys.focus();
    clearInterval(focusing);
  }
}, 50);
