using System.Diagnostics;

namespace Snapback.LoadTests.Measuring;

/// <summary>One line on stderr that says what runs now and about how long it will go on.</summary>
internal sealed class Progress(int steps)
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private int _done;
    private int _widest;

    public void Step(string what)
    {
        var elapsed = Stopwatch.GetElapsedTime(_began);
        var left = _done == 0 ? "" : $", about {elapsed / _done * (steps - _done):m\\:ss} left";
        var line = $"{_done} of {steps}: {what}{left}";
        _widest = Math.Max(_widest, line.Length);
        Console.Error.Write(Console.IsErrorRedirected ? line + "\n" : "\r" + line.PadRight(_widest));
        _done++;
    }

    public void End()
    {
        var line = $"{Stopwatch.GetElapsedTime(_began).TotalSeconds:0} s in all";
        Console.Error.WriteLine(Console.IsErrorRedirected ? line : "\r" + line.PadRight(_widest));
    }
}
