// Pages with figures that change by themselves: a tick every few seconds while somebody can see them.

const TICK_MS = 5000;

function tick() {
  if (!document.hidden) document.body.dispatchEvent(new CustomEvent("live:tick"));
}

setInterval(tick, TICK_MS);
document.addEventListener("visibilitychange", tick);
