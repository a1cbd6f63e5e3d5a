Component({
  props: {
    loaf: {},
    onAdd: () => {},
  },

  methods: {
    add() {
      this.props.onAdd(this.props.loaf);
    },
  },
});
