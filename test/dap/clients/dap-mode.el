;;; dap-mode.el --- Emacs's own client opens a dump without a window -*- lexical-binding: t; -*-
;; Usage: emacs --batch -l dap-mode.el ADAPTER-BUNDLE DUMP EXPRESSION
;; Prints, a line each: threads, frames of the selected thread, the value of the expression, and how the session ended.
(require 'package)
(package-initialize)
(require 'dap-mode)
(require 'dap-variables)

(defvar corewalk-timeout 60 "Seconds for one answer.")

(defun corewalk-wait (done)
  "Let processes talk until DONE gives something, which is returned."
  (let ((end (+ (float-time) corewalk-timeout)) result)
    (while (not (or (setq result (funcall done)) (> (float-time) end)))
      (accept-process-output nil 0.05))
    (or result (error "no answer within %d seconds" corewalk-timeout))))

(defun corewalk-say (word text)
  (princ (format "%s: %s\n" word (replace-regexp-in-string "\n" "\\\\n" text))))

(defun corewalk-ask (session command &optional words)
  "The body of the answer to COMMAND with the arguments WORDS."
  (let (body)
    (dap--send-message
     (dap--make-request command words)
     (dap--resp-handler (lambda (response) (setq body (gethash "body" response))))
     session)
    (corewalk-wait (lambda () body))))

(let* ((adapter (pop command-line-args-left))
       (dump (pop command-line-args-left))
       (expression (pop command-line-args-left))
       ;; What a window would show is not drawn in batch.
       (dap-auto-configure-features nil)
       (dap-auto-show-output nil))
  (dap-start-debugging-noexpand
   (list :type "corewalk" :request "launch" :name "corewalk"
         :dap-server-path (list "node" adapter)
         :coreFile dump))
  (let* ((session (corewalk-wait #'dap--cur-session))
         (frames
          (progn
            (corewalk-wait (lambda () (eq (dap--debug-session-state session) 'running)))
            (corewalk-wait (lambda () (dap--debug-session-thread-id session)))
            (corewalk-wait
             (lambda ()
               (gethash (dap--debug-session-thread-id session)
                        (dap--debug-session-thread-stack-frames session)))))))
    (seq-doseq (thread (gethash "threads" (corewalk-ask session "threads")))
      (corewalk-say "thread" (gethash "name" thread)))
    (dolist (frame frames)
      (corewalk-say "frame" (gethash "name" frame)))
    (corewalk-say
     "value"
     (gethash "result"
              (corewalk-ask session "evaluate"
                            (list :expression expression
                                  :frameId (gethash "id" (car frames))
                                  :context "repl"))))
    (dap-disconnect session)
    (corewalk-wait (lambda () (not (process-live-p (dap--debug-session-proc session)))))
    (corewalk-say "exit" (number-to-string (process-exit-status (dap--debug-session-proc session))))))
