Component({
  props: {
    line: {},
    onChange: () => {},
  },

  methods: {
    change(quantity) {
      this.props.onChange(this.props.line, quantity);
    },
  },
});
