const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// 480 → "€4.80"
function price(cents) {
  return "€" + (cents / 100).toFixed(2);
}

// [2, 5] → "Tue, Fri"
function weekdays(days) {
  return days.map((day) => DAYS[day]).join(", ");
}

// "2026-02-13" → "Fri 13 Feb"
function date(text) {
  const [, year, month, day] = getRegExp("(\\d+)-(\\d+)-(\\d+)").exec(text);
  const then = getDate(Number(year), month - 1, Number(day));
  return [DAYS[then.getDay()], then.getDate(), MONTHS[then.getMonth()]].join(" ");
}

export default { price, weekdays, date };
