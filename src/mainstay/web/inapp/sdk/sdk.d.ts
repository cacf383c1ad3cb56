// Types of `window.mainstay`. Save it beside your sources, or refer to it:
//   /// <reference path="./mainstay.d.ts" />

export {};

declare global {
  interface Window {
    mainstay: Mainstay.Api;
  }

  /** What Mainstay knows in the browser. */
  namespace Mainstay {
    type Values = Record<string, unknown>;
    type Kind = "banner" | "modal" | "tooltip" | "checklist" | "announcement";

    interface Options {
      /** HMAC-SHA256 of the user id, in hex, made by your server. Without it no message is shown. */
      hash?: string;
    }

    interface Message {
      id?: string;
      kind: Kind | (string & {});
      title: string;
      text?: string;
      button?: { label: string; link?: string };
      /** Of a tooltip: the element it points at, in CSS. */
      selector?: string;
      /** Of a checklist. `event` ticks the line when it is tracked. */
      items?: { text: string; link?: string; event?: string }[];
      /** Numbers of the items that are ticked, from 0. */
      ticked?: number[];
      /** Of a banner. */
      at?: "top" | "bottom";
    }

    /** What `mainstay:shown`, `:clicked`, `:dismissed`, `:ticked` and `:completed` on `document` tell. */
    interface Happening {
      id: string;
      kind: string;
      title: string;
      what: "shown" | "clicked" | "dismissed" | "ticked" | "completed";
      /** The link of a click. */
      detail?: string;
      /** The number of the line that was ticked. */
      item?: number;
    }

    /** What a renderer of your own works with. */
    interface Tools {
      make(name: string, settings?: Values | null, ...children: (Node | string)[]): HTMLElement;
      close(): void;
      report(what: Happening["what"], more?: Values): boolean;
      /** Called when the message goes. */
      gone?: () => void;
    }

    interface Api {
      readonly version: string;
      identify(userId: string | number, traits?: Values, options?: Options): void;
      identify(traits: Values): void;
      group(accountId: string | number, traits?: Values): void;
      track(event: string, properties?: Values): void;
      page(name?: string, properties?: Values): void;
      page(category: string, name: string, properties?: Values): void;
      /** On sign-out: forgets who it was. */
      reset(): void;
      /** Shows a message without asking or telling Mainstay. */
      preview(message: Message): void;
      /** Another kind of message: gives its element, which is put into the corner unless it has a place. */
      extend(kind: string, render: (message: Message, tools: Tools) => Element | void): void;
      /** A call as a list, `["track", "Report Exported"]`: works before the script is there, too. */
      push(call: [name: string, ...given: unknown[]]): void;
    }
  }

  interface DocumentEventMap {
    "mainstay:shown": CustomEvent<Mainstay.Happening>;
    /** `preventDefault()` keeps the browser from following the link: a single-page application goes there itself. */
    "mainstay:clicked": CustomEvent<Mainstay.Happening>;
    "mainstay:dismissed": CustomEvent<Mainstay.Happening>;
    "mainstay:ticked": CustomEvent<Mainstay.Happening>;
    "mainstay:completed": CustomEvent<Mainstay.Happening>;
  }
}
