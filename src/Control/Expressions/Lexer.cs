using System.Globalization;
using System.Text;

namespace Snapback.Control.Expressions;

internal enum TokenKind
{
    Number,
    Text,
    Name,
    Symbol,
    End,
}

/// <param name="At">1-based column in the expression.</param>
internal readonly record struct Token(TokenKind Kind, string Text, double Number, int At);

/// <summary>Cuts an expression into tokens.</summary>
internal static class Lexer
{
    // The longer first: "<=" is not "<" and "=".
    private static readonly string[] Symbols =
        [
            "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "**", "..", "<", ">", "!", "+", "-", "*", "/", "%", "^", "(", ")",
            "[", "]", "{", "}", ",", ".", "#", "?", ":", ";", "|",
        ];

    public static List<Token> Read(string text)
    {
        var tokens = new List<Token>();
        for (var at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            var token = Next(text, at, out var end);
            tokens.Add(token);
            at = end;
        }

        tokens.Add(new Token(TokenKind.End, "the end", 0, text.Length + 1));
        return tokens;
    }

    private static Token Next(string text, int at, out int end)
    {
        var c = text[at];
        if (char.IsAsciiDigit(c) || (c == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])))
        {
            return Number(text, at, out end);
        }

        if (c is '\'' or '"' or '`')
        {
            return Text(text, at, out end);
        }

        if (char.IsAsciiLetter(c) || c is '_' or '$')
        {
            end = at + 1;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            {
                end++;
            }

            return new Token(TokenKind.Name, text[at..end], 0, at + 1);
        }

        var symbol = Array.Find(Symbols, known => text.AsSpan(at).StartsWith(known, StringComparison.Ordinal))
            ?? throw new ExpressionException(
                $"The character '{Printable(c)}' at {at + 1} is not understood.");
        end = at + symbol.Length;
        return new Token(TokenKind.Symbol, symbol, 0, at + 1);
    }

    private static Token Number(string text, int at, out int end)
    {
        end = at;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '.' or '_'
            || (text[end] is '+' or '-' && text[end - 1] is 'e' or 'E')))
        {
            // "1..3" is a range, which the parser refuses by name.
            if (text[end] == '.' && end + 1 < text.Length && text[end + 1] == '.')
            {
                break;
            }

            end++;
        }

        var written = text[at..end];
        return double.TryParse(
            written.Replace("_", "", StringComparison.Ordinal),
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out var number)
            && double.IsFinite(number)
            ? new Token(TokenKind.Number, written, number, at + 1)
            : throw new ExpressionException($"'{written}' at {at + 1} is not a number.");
    }

    private static char Printable(char c) => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c;

    private static Token Text(string text, int at, out int end)
    {
        var quote = text[at];
        var value = new StringBuilder();
        for (end = at + 1; end < text.Length; end++)
        {
            if (text[end] == quote)
            {
                end++;
                return new Token(TokenKind.Text, value.ToString(), 0, at + 1);
            }

            if (text[end] == '\\' && quote != '`' && end + 1 < text.Length)
            {
                end++;
                value.Append(text[end] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' or '\'' or '"' or '`' => text[end],
                    // Argo's language refuses these too. Without its backslash, the \d of a pattern would be the letter.
                    var other => throw new ExpressionException(
                        $"The escape '\\{Printable(other)}' at {end} is not known; write \\\\ for a backslash, or put the text into `…`."),
                });
            }
            else
            {
                value.Append(text[end]);
            }
        }

        throw new ExpressionException($"The text that begins at {at + 1} does not end.");
    }
}
