// The build hands over a style sheet as its minified text.

declare module "*.css" {
  const sheet: string;
  export default sheet;
}
