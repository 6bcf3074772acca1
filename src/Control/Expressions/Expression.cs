using System.Diagnostics.CodeAnalysis;

namespace Snapback.Control.Expressions;

/// <summary>
/// A condition on the result of a query, in the part of the expr language that success and failure conditions of Argo
/// Rollouts use. Values are numbers (double), text, booleans, nil (null), lists and maps. Pure, and finite for every text:
/// there are no loops but those over the result's own lists.
/// </summary>
public sealed class Expression
{
    internal const int LongestText = 2000;

    private readonly Term _term;

    private Expression(Term term) => _term = term;

    /// <param name="error">What is not understood, for people; null exactly when the text is an expression.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Expression? expression, [NotNullWhen(false)] out string? error)
    {
        expression = null;
        error = text.Length > LongestText ? $"An expression has at most {LongestText} characters." : null;
        if (error is null)
        {
            try
            {
                expression = new Expression(new ExpressionParser(Lexer.Read(text)).Whole());
            }
            catch (ExpressionException e)
            {
                error = e.Message;
            }
        }

        return expression is not null;
    }

    /// <param name="result">What the query answered.</param>
    /// <exception cref="ExpressionException">The result is not what the expression takes it for, such as an empty list under
    /// <c>result[0]</c>.</exception>
    public object? Evaluate(object? result) => _term(new Scope(result, null, false));

    /// <returns>Only true is true, as in Argo: a number or a text is none.</returns>
    /// <inheritdoc cref="Evaluate"/>
    public bool IsTrue(object? result) => Evaluate(result) is true;
}

/// <summary>The part of an expression that stands at one place.</summary>
internal delegate object? Term(Scope scope);

/// <param name="Element">The element of <c>#</c>, inside a predicate.</param>
internal readonly record struct Scope(object? Result, object? Element, bool HasElement);

/// <summary>What is wrong with an expression, or with the value that it was given; a sentence for people.</summary>
public sealed class ExpressionException(string message) : Exception(message);
