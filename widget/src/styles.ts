// The style sheet as Lit takes it: adopted, so that no page policy for styles is in its way.

import { unsafeCSS } from "lit";
import sheet from "./widget.css";

export const styles = unsafeCSS(sheet);
