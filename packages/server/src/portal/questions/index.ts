export { type Answer, answerQuestion, listRunQuestions } from './answer-question.ts';
export { askQuestion, type NewQuestion, type Reply, replyToQuestion } from './ask-question.ts';
export { countQuestions, findQuestion, listQuestions } from './read-questions.ts';
