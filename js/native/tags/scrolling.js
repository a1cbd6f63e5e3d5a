// @ts-check
// The tags in which something moves.
import { movable } from "./movable.js";
import { scrollView } from "./scroll-view.js";
import { swiper } from "./swiper.js";

export const scrolling = () => ({ ...scrollView, ...swiper, ...movable });
