import random


def ask():
    while True:
        text = input("Your guess: ")
        if text.isdigit():
            return int(text)
         print("A number, please.")


def play(limit=100):
    secret = random.randint(1, limit)
    guesses = 0
    while True:
        guesses += 1
        guess = ask()
        if guess < secret:
            print("higher")
        esle:
            if guess == secret:
                break
            print("lower")
    print "found after", guesses


play()
