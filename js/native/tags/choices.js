// @ts-check
// The tags by which one chooses.
import { picker } from "./picker.js";
import { pickerView, pickerViewColumn } from "./picker-view.js";
import { slider } from "./slider.js";
import { toggles } from "./toggles.js";

/** @type {(options: { folder: native.Folder }) => Record<string, import("./index.js").Tag>} */
export const choices = () => ({
  ...toggles,
  slider,
  picker,
  "picker-view": pickerView,
  "picker-view-column": pickerViewColumn,
});
