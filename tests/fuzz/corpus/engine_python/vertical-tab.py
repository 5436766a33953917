class A:
    def f(self)
       x
   y
