// Where the shop's own back end is.
const BACKEND = "http://127.0.0.1:8766";
