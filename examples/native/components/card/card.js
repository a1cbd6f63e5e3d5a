Component({
  props: {
    title: "",
    className: "",
  },
});
