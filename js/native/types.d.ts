// What the modules of the runtime say to one another.

declare module "*.css" {
  /** Its text. */
  const text: string;
  export default text;
}

declare module "sucrase/dist/esm/parser/index.js" {
  export { parse } from "sucrase/dist/types/parser/index";
}

declare namespace native {
  type VNode = import("preact").VNode<any>;
  type Children = import("preact").ComponentChildren;
  type ComponentType = import("preact").ComponentType<any>;

  // What there is.

  /** What the server says of the folder: bridge/miniprogram.py. */
  interface Sources {
    /** The texts of the sources by their paths in the folder: "pages/index/index.js", "node_modules/x/es/a.js". */
    files: Record<string, string>;
    /** The paths of all else outside of node_modules: pictures, fonts... */
    assets: string[];
    /** What is wrong with the folder. With one that is fatal nothing is shown but the panel. */
    problems: Problem[];
  }

  /** A place in a source; lines and columns count from 1. */
  interface Place {
    file: string;
    line?: number | undefined;
    column?: number | undefined;
  }

  type ProblemKind =
    | "folder" // no app.json, wrong JSON, missing files, cycles of components, plugins
    | "template"
    | "tag" // one that does not exist
    | "api" // likewise
    | "module" // missing or not to be parsed
    | "style"
    | "script"; // an error that the program has thrown, a handler that it does not have

  interface Problem extends Partial<Place> {
    kind: ProblemKind;
    /** A sentence of what is wrong, and what to do. */
    message: string;
    /** Nothing can be shown. */
    fatal?: boolean;
    /** The page on which it was noticed: "pages/index/index". */
    page?: string;
  }

  /** problems.js: note one; the same one is noted once. */
  type Report = (problem: Problem) => void;

  /** folder.js: the folder as it was when the page was loaded. Paths have no slash at the beginning. */
  interface Folder {
    /** What the server finds wrong with it. */
    readonly problems: Problem[];
    has(path: string): boolean;
    /** The text of a source, or undefined. */
    text(path: string): string | undefined;
    /** What a JSON file holds; {} where there is none, or where it cannot be read, which is reported. */
    json(path: string): any;
    /**
     * A path as written in a source, made one from the root: "../b" and "./b" from the folder of `from`, "/b" from the
     * root, any other is looked for in the folder of `from`, then in the root. Without "./" or ".." left in it.
     */
    resolve(path: string, from: string): string;
    /**
     * The address of a picture or another file as written in an attribute or a style sheet: what has a scheme, a
     * fragment alone and data: stay as they are; others are resolved from the first of `from` where there is such a
     * file, or from the root.
     */
    address(written: string, ...from: string[]): string;
  }

  // Templates. axml.js → templates/ → vnodes.

  /** axml.js: a node of the tree of a template. */
  type AxmlNode = AxmlElement | AxmlText;
  interface AxmlText {
    type: "text";
    text: string;
    place: Place;
  }
  interface AxmlElement {
    type: "element";
    /** As written, in lower case. */
    name: string;
    attributes: AxmlAttribute[];
    children: AxmlNode[];
    place: Place;
  }
  interface AxmlAttribute {
    name: string;
    /** null where there is no value at all: <input disabled>. */
    value: string | null;
    place: Place;
  }

  /** expressions.js: a value, given the variables. Never throws for what is absent. */
  type Evaluate = (variables: Variables) => any;
  /** By name; loops and templates put theirs before those of others, as prototypes. */
  type Variables = Record<string, any>;

  /** Of a text; `constant` is the text itself, where it has no mustaches. */
  type EvaluateText = Evaluate & { constant?: string };
  /** Of what depends on handlers or slots, too. */
  type EvaluateFor<Value> = (owner: Owner, variables: Variables) => Value;

  /** templates/index.js: what `compile(file)` returns. */
  type Template = EvaluateFor<Children>;
  /** A node: the key is for what it draws, where it is one of several. */
  type Draw<Drawn = Children> = (owner: Owner, variables: Variables, key?: string) => Drawn;

  /** templates/conditions.js: what stands among its siblings, and may not be drawn at all. */
  interface Item {
    draw: Template;
    isThere: EvaluateFor<boolean>;
    /** Of a component's child: where it goes to, if it says so. */
    slot?: EvaluateText | undefined;
    /** Its rows may go to different slots. */
    loop?: { rows: Rows; drawRow: Draw } | undefined;
  }
  type Rows = (variables: Variables) => { variables: Variables; key: string | undefined }[];

  /** What a template is rendered for: a page or an instance of a component (owner.js). */
  interface Owner {
    /** Its path without suffix: "pages/index/index". */
    readonly is: string;
    /** The paths that addresses in its template are resolved from: its own, then its page's. */
    readonly from: string[];
    /** What is drawn for a custom component's tag; undefined for one that it does not use. */
    component(tag: string): ComponentType | undefined;
    /** Runs a method of it, by name, with `this`; the same function for the same name. */
    handler(method: string, place: Place): (...args: any[]) => any;
    /** What its own user has put into it, by the names of the slots; "" is the default one. */
    readonly slots: Slots;
    /** Set on its elements, as the attribute `component`, where its style sheet is for them alone. */
    readonly mark?: string | undefined;
  }

  type Slots = Map<string, Fill>;
  type Fill = (scope: Variables) => Children;

  /** The props of a custom component's `ComponentType` (component.js). */
  interface ComponentViewProps {
    /** Attributes by name as written, data-* included; onX attributes as functions. `class` and `id` are among them. */
    props: Record<string, any>;
    slots: Slots;
    /** Called with the instance, and with null when it goes: of `ref`. */
    reference?: ((instance: any) => void) | undefined;
    /** Where it stands in the user's template. */
    place: Place;
  }

  // Built-in tags. tags/index.js: `has(name)`, `create(name, attributes, children)`.

  interface Attributes {
    /** All attributes as written but those below, in kebab or camel case as the source has them: "hover-class". */
    props: Record<string, any>;
    id?: string | undefined;
    class?: string | undefined;
    /** With rpx, vh, vw already made what a browser knows. */
    style?: string | undefined;
    /** Of data-*, keys in camel case, values as they are. */
    dataset?: Record<string, any> | undefined;
    /** By the event's name in lower case without "on" or "catch": tap, touchstart, getauthorize, change. */
    events: Record<string, EventHandler>;
    key?: string | number | undefined;
    reference?: ((instance: any) => void) | undefined;
    owner: Owner;
    place: Place;
  }

  interface EventHandler {
    run: (event: MiniEvent) => void;
    /** It was written as catchTap: the event goes no further. */
    catches: boolean;
  }

  /** events.js: what handlers get. https://opendocs.alipay.com/mini/framework/events */
  interface MiniEvent {
    type: string;
    timeStamp: number;
    target: EventTarget;
    currentTarget: EventTarget;
    detail: any;
    touches?: Touch[];
    changedTouches?: Touch[];
    [field: string]: unknown;
  }
  interface EventTarget {
    id: string;
    tagName: string;
    dataset: Record<string, any>;
    [field: string]: unknown;
  }
  interface Touch {
    identifier: number;
    clientX: number;
    clientY: number;
    pageX: number;
    pageY: number;
  }

  // Modules (modules.js).

  interface Modules {
    /** Run a module unless it has run; return what it exports. `name` as written in `from`, a file. */
    require(name: string, from: string): any;
    /** The path of the file that a name means in `from`, or undefined. */
    resolve(name: string, from: string): string | undefined;
    /** As `resolve`, for a component's path without suffix: that of usingComponents. */
    resolveComponent(name: string, from: string): string | undefined;
  }

  // Styles (styles.js).

  interface Styles {
    /** The sheet of an .acss file with all that it imports, or undefined where there is no such file. */
    sheet(path: string, mark?: string): CSSStyleSheet | undefined;
    /** Keep the sheets that have no mark from the elements that have this one. */
    isolate(mark: string): void;
    /** Show these after those of the app, and no others. */
    use(sheets: CSSStyleSheet[]): void;
  }

  // The frame around the pages (frame.js).

  /** `window` of app.json with that of the page above it, in the names of the platform. */
  interface WindowConfig {
    defaultTitle?: string;
    titleBarColor?: string;
    backgroundColor?: string;
    pullRefresh?: boolean | string;
    allowsBounceVertical?: string | boolean;
    transparentTitle?: "always" | "auto" | "none";
    titlePenetrate?: "YES" | "NO";
    titleImage?: string;
    optionMenu?: { icon?: string };
    barButtonTheme?: string;
    onReachBottomDistance?: number | string;
    [field: string]: unknown;
  }

  interface TabBarConfig {
    textColor?: string;
    selectedColor?: string;
    backgroundColor?: string;
    customize?: boolean;
    items: { pagePath: string; name: string; icon?: string; activeIcon?: string }[];
  }

  /** One page's place in the frame: a scroller in which <page> lies. */
  interface View {
    /** Where the page is rendered. */
    readonly root: HTMLElement;
    /** What scrolls. */
    readonly scroller: HTMLElement;
    config: WindowConfig;
    remove(): void;
  }

  interface Frame {
    /** Make a place for a page, hidden. `config` can still be changed, before it is shown. */
    add(config: WindowConfig, heard: PageEvents): View;
    /** Show this place and no other. `tab`: the index of the tab that it belongs to; `back`: there is a page below. */
    show(view: View, state: { back: boolean; tab?: number | undefined; route: string }): void;
    /** The view that is shown. */
    readonly current: View | undefined;
    /** End what a pull has begun. */
    stopPullDown(): void;
    startPullDown(): void;
  }

  /** What a page hears from its place. */
  interface PageEvents {
    pulledDown(manually: boolean): void;
    reachedBottom(): void;
    scrolled(event: { scrollTop: number; scrollHeight: number }): void;
    titleClicked(): void;
    optionClicked(): void;
  }
}
