namespace Snapback.Control.Expressions;

/// <summary>Reads tokens by precedence climbing; whatever it does not know it refuses by name.</summary>
internal sealed class ExpressionParser(List<Token> tokens)
{
    // Deeper nesting is nobody's condition, and the stack is finite.
    private const int Deepest = 50;

    private int _at;
    private int _depth;
    private bool _inPredicate;

    private Token Now => tokens[_at];

    public Term Whole()
    {
        if (Now.Kind == TokenKind.End)
        {
            throw new ExpressionException("The expression is empty.");
        }

        var term = Choice();
        return Now.Kind == TokenKind.End ? term : throw Unknown();
    }

    private Term Choice()
    {
        Descend();
        var condition = Binary(1);
        if (Take("?"))
        {
            var then = Choice();
            Expect(":");
            var otherwise = Choice();
            var test = condition;
            condition = scope => Operators.Truth(test(scope), "?") ? then(scope) : otherwise(scope);
        }

        _depth--;
        return condition;
    }

    private void Descend()
    {
        if (++_depth > Deepest)
        {
            throw new ExpressionException($"The expression is nested deeper than {Deepest} levels.");
        }
    }

    private Term Binary(int least)
    {
        var left = Unary();
        var before = "";
        while (Now.Kind is TokenKind.Symbol or TokenKind.Name && Precedence.Levels.TryGetValue(Now.Text, out var precedence) && precedence >= least)
        {
            Precedence.Follow(before, Now);
            var op = before = tokens[_at++].Text;
            if (op == "not")
            {
                Expect("in");
                op = "not in";
            }

            // The powers bind to the right: 2 ** 3 ** 2 is 2 ** 9.
            var first = Now;
            var (from, right) = (_at, Binary(precedence == Precedence.Powers ? precedence : precedence + 1));
            if (op == "matches" && first.Kind == TokenKind.Text && _at == from + 1 && Operators.PatternFault(first.Text) is { } fault)
            {
                throw new ExpressionException($"The pattern at {first.At} cannot be used: {fault}.");
            }

            left = Operators.Binary(op, left, right);
        }

        return left;
    }

    private Term Unary()
    {
        if (Take("!") || Take("not"))
        {
            var term = Operand(Precedence.Products);
            return scope => !Operators.Truth(term(scope), "!");
        }

        if (Take("-"))
        {
            // A sign binds less than a power: -2 ** 2 is -4.
            var term = Operand(Precedence.Powers);
            return scope => -Operators.Number(term(scope), "-");
        }

        return Take("+") ? Operand(Precedence.Powers) : Postfix(Primary());
    }

    private Term Operand(int least)
    {
        Descend();
        var term = Binary(least);
        _depth--;
        return term;
    }

    private Term Postfix(Term term)
    {
        while (true)
        {
            var owner = term;
            if (Take("."))
            {
                var name = Name();
                term = scope => Operators.Member(owner(scope), name, isOptional: false);
            }
            else if (Take("?."))
            {
                var name = Name();
                term = scope => Operators.Member(owner(scope), name, isOptional: true);
            }
            else if (Take("["))
            {
                var index = Choice();
                if (Now.Text == ":")
                {
                    throw new ExpressionException($"Slices (':' at {Now.At}) are not supported.");
                }

                Expect("]");
                term = scope => Operators.Index(owner(scope), index(scope));
            }
            else if (Now is { Kind: TokenKind.Symbol, Text: ".." or "|" or ";" })
            {
                throw new ExpressionException($"'{Now.Text}' at {Now.At} is not supported.");
            }
            else
            {
                return term;
            }
        }
    }

    private Term Primary()
    {
        var token = tokens[_at++];
        switch (token)
        {
            case { Kind: TokenKind.Number }:
                return _ => token.Number;
            case { Kind: TokenKind.Text }:
                return _ => token.Text;
            case { Kind: TokenKind.Symbol, Text: "(" }:
                var inner = Choice();
                Expect(")");
                return inner;
            case { Kind: TokenKind.Symbol, Text: "[" }:
                var items = Arguments("]");
                return scope => items.ConvertAll(item => item(scope));
            case { Kind: TokenKind.Symbol, Text: "#" } when _inPredicate:
                return scope => scope.Element;
            case { Kind: TokenKind.Symbol, Text: "." } when _inPredicate:
                var member = Name();
                return scope => Operators.Member(scope.Element, member, isOptional: false);
            case { Kind: TokenKind.Name }:
                return Named(token);
            default:
                _at--;
                throw Unknown();
        }
    }

    private Term Named(Token name)
    {
        switch (name.Text)
        {
            case "true":
                return _ => true;
            case "false":
                return _ => false;
            case "nil" or "null":
                return _ => null;
            case "result":
                return scope => scope.Result;
            case var _ when Now.Text == "(" && Now.Kind == TokenKind.Symbol:
                _at++;
                return Call(name);
            default:
                throw new ExpressionException($"'{name.Text}' at {name.At} is not known; the value is called result.");
        }
    }

    private Term Call(Token name)
    {
        if (Functions.Plain.TryGetValue(name.Text, out var plain))
        {
            var arguments = Arguments(")");
            return plain.Takes(arguments.Count)
                ? scope => plain.Run([.. arguments.Select(argument => argument(scope))])
                : throw new ExpressionException($"{name.Text} at {name.At} takes {plain.Arguments}.");
        }

        if (!Functions.OverLists.TryGetValue(name.Text, out var overList))
        {
            throw new ExpressionException($"The function {name.Text} at {name.At} is not supported.");
        }

        var list = Choice();
        Term? predicate = null;
        if (Take(","))
        {
            predicate = Predicate();
        }

        Expect(")");
        if (predicate is null && name.Text != "count")
        {
            throw new ExpressionException($"{name.Text} at {name.At} takes a list and a predicate, such as {name.Text}(result, # < 1000).");
        }

        return scope => overList(Operators.List(list(scope), name.Text), element =>
            predicate is null ? element : predicate(scope with { Element = element, HasElement = true }));
    }

    private Term Predicate()
    {
        var outer = _inPredicate;
        _inPredicate = true;
        var braced = Take("{");
        var term = Choice();
        if (braced)
        {
            Expect("}");
        }

        _inPredicate = outer;
        return term;
    }

    private List<Term> Arguments(string end)
    {
        var arguments = new List<Term>();
        while (!Take(end))
        {
            if (arguments.Count > 0)
            {
                Expect(",");
            }

            arguments.Add(Choice());
        }

        return arguments;
    }

    private string Name() => tokens[_at++] is { Kind: TokenKind.Name } name
        ? name.Text
        : throw new ExpressionException($"A name belongs at {tokens[_at - 1].At}.");

    private bool Take(string text)
    {
        if (Now.Kind is TokenKind.Symbol or TokenKind.Name && Now.Text == text)
        {
            _at++;
            return true;
        }

        return false;
    }

    private void Expect(string text)
    {
        if (!Take(text))
        {
            throw new ExpressionException($"'{text}' is missing at {Now.At}.");
        }
    }

    private ExpressionException Unknown() =>
        new(Now.Kind == TokenKind.End ? "The expression ends too early." : $"'{Now.Text}' at {Now.At} is not understood.");
}
