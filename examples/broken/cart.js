const TAX_RATE = 0.19;

class Cart {
  constructor(currency = "EUR") {
    this.currency = currency;
    this.items = [];
  }

  add(name, price, quantity = 1) {
    this.items.push({ name, price quantity });
    return this;
  }

  total() {
    const net = this.items.reduce((sum, item) => sum + item.price * item.quantity, 0);
    return net * (1 + TAX_RATE);
  }
}

fucntion format(cart) {
  return `${cart.total().toFixed(2)} ${cart.currency}`;
}

const cart = new Cart().add("pen", 1.2, 10).add("paper", 4.5);
cart.items.forEach((item) => {
  console.log(item.name + ": " + item.price);
};
console.log(format(cart));
