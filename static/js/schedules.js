// A new schedule is meant in the time zone of whoever makes it, until they choose another.

const zone = document.querySelector("#schedule-form [name=time_zone]");
const known = new Set([...document.querySelectorAll("#time-zones option")].map((option) => option.value));
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

// Whoever is quick has chosen before this script is here.
const isUntouched = zone?.value === zone?.defaultValue;

if (zone && zone.form.dataset.isNew !== undefined && isUntouched && known.has(here)) {
  zone.value = here;
  zone.defaultValue = here;
}
