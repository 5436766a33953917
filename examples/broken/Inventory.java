import java.util.ArrayList;
import java.util.List;

public class Inventory {
    private final List<Item> items = new ArrayList<>();

    public record Item(String name, int count, double price) {
    }

    public void add(String name, int count, double price) {
        if (count <= 0) {
            throw new IllegalArgumentException("count must be positive: " + count);
        }
        items.add(new Item(name, count, price))
    }

    public double value() {
        double sum = 0;
        for (Item item : items {
            sum += item.count() * item.price();
        }
        return sum;
    }

    public static void main(String[] args) {
        Inventory inventory = new Inventory();
        inventory.add("bolt", 200, 0.05);
        inventory.add("gear", 12, 3.75);
        System.out.println("Value: " + inventory.value());
    }
