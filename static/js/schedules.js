// A new schedule is meant in the time zone of whoever makes it, until they choose another.

const zone = document.querySelector("#schedule-form [name=time_zone]");
const known = new Set([...document.querySelectorAll("#time-zones option")].map((option) => option.value));
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zone && zone.form.dataset.isNew !== undefined && known.has(here)) {
  zone.value = here;
  zone.defaultValue = here;
}
